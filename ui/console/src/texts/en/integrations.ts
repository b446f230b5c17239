/** The systems a site is connected to, and what webhooks gained. */
export default {
  integrations: {
    none: "Nothing to connect to", noneHint: "This installation was built without integrations.", lastOk: "Last worked {{at}}", lastGood: "Last worked", lastBad: "Last trouble", again: "Tries again", how: "How it stands", enabled: "Connected: events are sent there",
    kind: {
      salesforce: { title: "Salesforce", lead: "Contacts and leads are found by e-mail before the chat; a case or task is made when it ends." },
      zendesk: { title: "Zendesk", lead: "Each ended chat becomes a ticket with transcript, requester and attachments." },
      email: { title: "E-mail", lead: "Transcripts to visitors and news to the team, from your own mail server." },
    },
    state: { new: "Not set up", ok: "Works", failing: "Failing", open: "Waiting after failures", off: "Off" },
    test: { do: "Test connection", hint: "Nothing is changed over there.", saveFirst: "Save first: the saved settings are tested.", setFirst: "Fill in and save the settings first.", good: "The connection works", bad: "The connection does not work yet", stepGood: "works", stepBad: "does not work" },
    step: { settings: "Settings", address: "Address", connect: "Connection", sign_in: "Sign-in", limits: "Limits", case: "Cases", task: "Tasks", contact: "Contacts", lead: "Leads", external_id: "Field for the chat's id", tickets: "Tickets", group: "Group", tls: "Encryption", sender: "Sender" },
    secret: { set: "Saved, never shown.", moved: "Saved for another destination: type it again.", keep: "Leave empty to keep it", remove: "Remove" },
    template: { name: "Field over there", id: "Number of the field", value: "Text", add: "Add a field", addTo: "Add a field to {{name}}", remove: "Remove field {{number}}" },
    group: { signIn: "Sign-in", work: "What is made", fields: "Fields", ticket: "The ticket", server: "Mail server", letters: "Letters" },
    groupHint: { signIn: "Who we are over there.", work: "When a chat or an off-line message comes to its end.", fields: "{{name}}, {{email}}, {{subject}}, {{transcript}} and their like are filled in.", ticket: "{{subject}}, {{name}} and their like are filled in.", server: "Without one of its own, the site uses the installation's.", letters: "Who gets what." },
    field: {
      login_url: "Address", flow: "Way of signing in", client_id: "Consumer key", client_secret: "Consumer secret", username: "User name", private_key: "Private key (PEM)", audience: "Audience", refresh_token: "Refresh token", api_version: "API version",
      purpose: "When a chat ends", offline_purpose: "When a message is left", match_before_chat: "Look for the visitor before the chat", allow_duplicates: "Save although called a duplicate", external_id_field: "Field for the chat's id", cases: "On the case", tasks: "On the task", leads: "On a new lead", create_contact: "On a new contact", update_contact: "On a contact that is there",
      url: "Address", auth: "Way of signing in", email: "Agent's e-mail", api_token: "API token", oauth_token: "OAuth token", subject: "Subject", priority: "Priority", tags: "Tags", public_transcript: "The requester sees the transcript", group_id: "Group (number)", brand_id: "Brand (number)", ticket_form_id: "Form (number)", custom_fields: "Custom fields",
      own_server: "A mail server of our own", server_host: "Server", server_port: "Port", server_security: "Encryption", server_user: "User name", password: "Password", from_name: "Sender's name", from_address: "Sender's address", transcripts: "Transcript to the visitor", transcript_copies: "Copies of every transcript to", offline_news: "Tell the team of messages left", offline_to: "Tell these", offline_receipt: "Confirm to visitors that their message arrived", language: "Language of letters to the team",
    },
    fieldHint: { login_url: "The login address, or the domain of your own.", audience: "Empty: the address above", external_id_field: "A unique text field; without one the subject carries the id.", offline_to: "Nobody named: the department's agents", public_transcript: "Zendesk may mail it to them.", from_address: "Empty: the installation's", server_port: "465 for TLS, 587 for STARTTLS" },
    option: {
      flow: { jwt_bearer: "JWT with a private key", client_credentials: "Client credentials", refresh_token: "Refresh token" },
      auth: { token: "API token", oauth: "OAuth" },
      purpose: {
        0: "Create a case", 1: "Attach a case to the contact", 2: "Attach a task to the contact", 3: "Attach a task to the lead", 4: "Create a contact, attach a case", 5: "Create a contact, attach a task", 6: "Create a lead, attach a task",
        7: "Fill empty contact fields, attach a case", 8: "Overwrite contact fields, attach a case", 9: "Fill empty contact fields, attach a task", 10: "Overwrite contact fields, attach a task",
      },
      priority: { none: "Leave it to Zendesk", low: "Low", normal: "Normal", high: "High", urgent: "Urgent" },
      server_security: { tls: "TLS", starttls: "STARTTLS", plain: "None" },
      transcripts: { never: "Never", answered: "When an agent answered", always: "Always" },
      language: { none: "The site's first language", zh: "Chinese", en: "English" },
    },
    log: { title: "What was done", what: "What", none: "Nothing yet", noneHint: "Each event that was carried over there is listed here.", done: "Done", retrying: "Retrying", failed: "Failed", held: "Held back", chat: "Chat", ticket: "Ticket", resend: "Send again", resent: "It is on its way again" },
    what: { case_created: "Case created", task_created: "Task created", ticket_created: "Ticket created", rated: "Rating added", not_rated: "Rating not added", matched: "Found by e-mail", not_matched: "Nobody with this e-mail", not_looked_up: "Not looked up", sent: "Sent", transcript: "Transcript", transcript_asked: "Transcript the visitor asked for", offline: "News of a message left", offline_receipt: "Receipt of a message left", ticket_reply: "Reply in a ticket", ticket_receipt: "Receipt of a ticket", ticket_overdue: "A ticket is late", ticket_news: "News of a ticket" },
  },
  hooks: {
    more: "Pace and retries", filter: "Only when", filterHint: "Sent only when every comparison holds.", rate: "Most per second", rateHint: "Empty: as fast as they come", inFlight: "At once", inFlightHint: "Requests under way at the same time", schedule: "Retries after (seconds)", scheduleHint: "One for each retry, such as 5, 60, 600. Empty: the usual ones", algorithm: "Signature", algorithms: { v1: "v1 · shared secret (HMAC)", v1a: "v1a · key pair (Ed25519)" },
    disabled: "Disabled", failing: "Failing", why: "Why it was disabled: {{why}}", resendMany: "Send many again", resendTitle: "Send deliveries again", resendWhich: "Which", resendHint: "Each keeps its id, so a receiver that has it already may ignore it.", resendDo: "Send {{count}} again", resendDone_one: "{{count}} queued again", resendDone_other: "{{count}} queued again", count_one: "{{count}} delivery", count_other: "{{count}} deliveries",
    holdBack: "Keep order for (seconds)", holdBackHint: "After its first failure a delivery holds later ones of the same chat back for this long. Empty: 900; 0: they pass at once",
    oldSecret: "Old secret", oldSecretUntil: "Signs until {{at}}", expire: "End the old secrets now?", expireHint: "A receiver that still verifies with one refuses what it gets.", expireDo: "End now", expired: "Only the newest secret signs", expireOld: "End the old secrets at once", expireOldHint: "When one leaked. The receiver refuses everything until it has the new one.",
    pace: "Pace", unlimited: "No limit", perSecond: "{{rate}}/s",
  },
};
