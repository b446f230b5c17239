/** The desk, the visitors, the history. */
export default {
  desk: {
    visitor: "Visitor", agent: "An agent", you: "You:", list: "Chats", thread: "Chat", messages: "Messages", panel: "Visitor details",
    tab: { mine: "Mine", queue: "Queue", ended: "Ended today" },
    empty: {
      mine: { title: "No chats right now", hint: "Chats appear here, with a sound, as soon as they are yours." },
      queue: { title: "Nobody is waiting", hint: "Every visitor is being looked after." },
      ended: { title: "Nothing ended today", hint: "Chats you end are listed here." },
    },
    foot: { refuses: "Your account does not take chats.", away: "You are away and get no new chats.", offline: "You are offline and get no new chats.", full: "You have reached {{limit}} chats. New visitors wait in the queue." },
    failed: "Your chats did not load", threadFailed: "The messages did not load", notFound: "This chat cannot be opened",
    pick: { title: "Pick a chat", hint: "Alt+J and Alt+K move through the list, 1–9 pick a chat. Press ? for all shortcuts." },
    typing: "typing", draft: "Draft:", noMessage: "No messages yet", unread_one: "{{count}} unread message", unread_other: "{{count}} unread messages", accept: "Accept", acceptOf: "Accept {{name}}",
    waitsInQueue: "In the queue for", waitsForAnswer: "Waiting for an answer", running: "Length of the chat", older: "Show earlier messages", toEnd: "Newest messages",
    fate: { sent: "Sent", delivered: "Delivered", read: "Read" },
    unsent: { sending: "Sending", waiting: "Waiting for the network", failed: "Not sent" },
    discard: "Discard", openPicture: "Open picture {{name}}",
    event: {
      joined: "{{name}} joined", left: "{{name}} left", transferred: "{{name}} handed the chat to {{to}}", transferredAway: "{{name}} handed the chat on",
      ended: { visitor: "The visitor ended the chat", agent: "{{name}} ended the chat", idle: "Ended after a long silence", left: "The visitor left the site, the chat ended" },
      rated: "{{name}} gave {{grade}} of 5 stars",
    },
    write: "Write a reply…", attach: "Send a file or picture", emoji: "Emoji", send: "Send", keys: "Enter sends · Shift+Enter new line", rest_one: "{{count}} character left", rest_other: "{{count}} characters left", drop: "Drop to send", uploads: "Uploads", cancelUpload: "Cancel {{name}}",
    closed: { waiting: "This visitor is waiting. Accept to reply.", ended: "This chat has ended.", offline: "Left while nobody was online. See the details for how to reach this visitor.", other: "{{name}} is looking after this visitor." },
    end: { do: "End", title: "End the chat with {{name}}?", hint: "The visitor sees that it ended and may rate it." },
    transfer: { do: "Transfer", title: "Transfer {{name}}", kind: "Transfer to", agent: "Colleague", department: "Department", members_one: "{{count}} member", members_other: "{{count}} members", nobody: "No other colleagues", done: "Transferred" },
    card: { facts: "About", form: "Form", pages: "Pages seen", past: "Past chats" },
    noPast: "This is the first chat.",
    note: { chat: "New chat", queue: "A visitor is waiting" },
  },
  chat: { status: { waiting: "Waiting", chatting: "Open", ended: "Ended", offline: "Left a message" } },
  visitor: {
    place: "Place", browser: "Browser", language: "Language", visits: "Visits", referrer: "Came from", page: "Now on", zone: "Time zone", direct: "Direct",
    online: "Online", gone: "Gone", returning: "Returning", status: { browsing: "Browsing", waiting: "Waiting", chatting: "Chatting" },
  },
  field: { name: "Name", email: "E-mail", phone: "Phone", company: "Company", department: "Department", product_service: "Product or service", message: "Message" },
  visitors: {
    lead: "Everyone on your site right now.", all: "On the site", search: "Search name, page, source", country: "Country", shown_one: "{{count}} visitor", shown_other: "{{count}} visitors",
    visitor: "Visitor", status: "Status", pages: "Pages", onSite: "On site", none: "Nobody is here right now", noneHint: "Put the snippet of a widget on a page; whoever opens it shows up here.", noneFound: "No visitor matches", noneFoundHint: "Loosen the filters.",
  },
  history: {
    search: "Search messages, names, e-mails", agent: "Agent", department: "Department", status: "Status", from: "From", to: "To", range: "Dates", clear: "Clear filters",
    transcript: "Transcript", pick: "Pick a chat to read", pickHint: "Search finds every word that was said. The address can be sent to a colleague.",
    none: "No chats yet", noneHint: "Chats are listed here from the first one on.", noneFound: "Nothing found", noneFoundHint: "Try another word, or loosen dates and agent.",
    missed: "Missed", openDesk: "Answer on the desk", copyLink: "Copy link", copied: "Link copied", requested: "Asked for", lasted: "Length", endedBy: "Ended by",
    by: { visitor: "Visitor", agent: "Agent", idle: "Silence", left: "Visitor left" }, rating: "{{grade}} of 5 stars",
  },
};
