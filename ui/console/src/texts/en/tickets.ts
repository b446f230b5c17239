/** Tickets: list, conversation, properties, and their rules. */
export default {
  tickets: {
    search: "Search subject, requester, words", none: "No tickets here", noneHint: "Messages left while nobody is there become tickets, and so does mail.", noneFoundHint: "Loosen the filters or pick another view.", me: "Me", nobody: "Nobody", unread: "Unread", keys: "J and K move · Enter opens · N new ticket",
    sort: { label: "Order", view: "Order of the view", updated: "Last changed", created: "Newest", priority: "Most urgent", due: "Due first" },
    view: { title: "Views", saved: "Saved views", mine: "Mine", unassigned: "Nobody's", unsolved: "Unsolved", all: "All", save: "Save as view", shared: "For everybody on this site", remove: "Delete the view “{{name}}”?", removeOf: "Delete the view {{name}}", removeHint: "The tickets stay." },
    status: { new: "New", open: "Open", pending: "Pending", on_hold: "On hold", solved: "Solved", closed: "Closed" },
    priority: { low: "Low", normal: "Normal", high: "High", urgent: "Urgent" },
    source: { label: "Came by", offline: "Message left", chat: "Chat", email: "E-mail", agent: "Agent", api: "API" },
    field: { subject: "Subject", status: "Status", priority: "Priority", assignee: "Assignee", department: "Department", tags: "Tags", requester: "Requester" },
    new: { title: "New ticket", requester: "Requester", emailHint: "Replies go there.", text: "What it is about", ours: "These are our words: send them to the requester" },
    clock: { first_reply: "First reply", next_reply: "Next reply", resolve: "Solution" }, left: "{{time}} left", late: "{{time}} late", noClocks: "No clock runs.", brokenBefore: "No clock runs. One was missed before.", deadlines: "Deadlines",
    notFound: "This ticket cannot be opened", conversation: "Conversation", noEntries: "Nothing was said yet", back: "Back to the list (U)", properties: "Properties", about: "About", requester: "Requester", created: "Opened", updated: "Changed", chat: "Chat", toChat: "Open the transcript", follows: "Goes on from",
    kind: "Who reads it", public: "Public reply", note: "Internal note", fromRequester: "Requester", goesTo: "Goes to {{email}}", goesNowhere: "No address: shown here only", staysHere: "Only colleagues see it", writePublic: "Write a reply…", writeNote: "Write a note…", send: "Send reply", keep: "Add note", sendAs: "and set", sendAndSet: "Send and set the status", sendKeys: "{{key}}+Enter sends", closedHint: "This ticket is closed. A new message makes a new one.",
    changed: "{{field}}: {{from}} → {{to}}", author: { system: "Switchboard", api: "An API key" },
    breached: "The promise was missed: {{clock}}",
    letter: { pending: "The letter is on its way", sent: "Sent", failed: "The letter could not be delivered", held: "The letter was held back" },
    macro: {
      use: "Macro", none: "No macros yet", drop: "Without the macro", add: "New macro", edit: "Edit macro", empty: "No macros yet", emptyHint: "Write an answer once and use it in every ticket.", does: "Also changes", doesAlso: "Besides the text it may change:", text: "Text", tags: "Adds tags", remove: "Delete the macro “{{name}}”?", removeHint: "Replies written with it stay.",
    },
    rules: {
      sla: "What is promised", slaHint: "In minutes of business hours. Empty: no promise.", first_reply_minutes: "First reply", next_reply_minutes: "Next reply", resolve_minutes: "Solution", hours: "Business hours", hoursHint: "Clocks run only then. Without any hours they always run.", holidays: "Days off", dayOff: "Day off", from: "{{day}} from", until: "{{day}} until", addSpan: "Add hours on {{day}}", dropSpan: "Remove these hours of {{day}}",
      wrong: { empty: "Fill in both times", backwards: "It ends before it begins", overlap: "These hours overlap" },
      sources: "Where tickets come from", sourcesHint: "Besides those that agents open.", from_offline: "Messages left become tickets", from_chats: "Ended chats become tickets", acknowledge: "Tell people that their ticket was opened", staff_news: "Tell the team by mail what is new", inbound: "Mail to this address", hook: "Mail servers may hand mail in at", close: "Close solved ones after (days, 0 never)",
    },
    day: { mon: "Monday", tue: "Tuesday", wed: "Wednesday", thu: "Thursday", fri: "Friday", sat: "Saturday", sun: "Sunday" },
  },
};
