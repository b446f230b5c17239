/** The pipeline: queues, archive, dead letters, replays, subscriptions, and the alarms of all of it. */
export default {
  range: { label: "Time", from: "From", to: "To", hour: "Last hour", day: "24 hours", week: "7 days" },
  events: {
    updated: "As of {{at}}", stale: "These figures are old: {{why}}",
    event: "Event", reason: "Reason", at: "Stopped at", when: "Time", key: "Key", keyHint: "Key (a chat, a visitor …)", id: "Event id", summary: "Summary", sameKey: "Show all events of this key", version: "Version", producer: "Announced by", route: "Way", facts: "About", payload: "Content", papers: "Everything else on the envelope", copy: "Copy as JSON",
    replay: "Replay", replayed: "Sent round again", drop: "Drop", dropped: "Dropped", dropTitle: "Drop this event?", dropHint: "{{queue}} will never handle this {{event}}. This cannot be undone.", none: "All is well", noneHint: "No event is stuck.",
    noneFound: "Nothing found", noneFoundHint: "Loosen the filters or the time.", noEvents: "No events yet", noEventsHint: "Every event is kept here from the first one on.",
    causes: "What went wrong", envelope: "The whole envelope", toEvent: "The way of this event", counting: "Counting…", rate: "Rate", perSecond: "events per second at most", rateNone: "Unlimited",
    keep: { do_one: "Kept {{count}} day", do_other: "Kept {{count}} days", title: "How long events are kept", days: "Days", daysHint: "Empty: as the installation says, {{days}}", types: "Some longer or shorter", warning: "Older ones are forgotten within the hour.", add: "Add an event" },
    level: {
      label: "State of the pipeline",
      green: "All flows", greenHint: "Events reach their consumers at once.",
      yellow: "Behind", yellowHint: "Events wait longer than usual. Replays and bulk work are held back.",
      orange: "Strained", orangeHint: "What may be left out is left out, bulk requests are refused.",
      red: "Storage nearly full", redHint: "New events are refused rather than lost. Make room now.",
    },
    why: { outbox_late: "Events wait in the outbox for more than 10 seconds", outbox_very_late: "Events wait in the outbox for more than a minute", disk_low: "Storage is running low", disk_full: "Storage is nearly full" },
    way: { label: "The way of the events", outbox: "Outbox", brokers: "Event brokers", data: "Data broker", noneWait: "Nothing waits", oldest: "The oldest waits {{age}}", to: "Publishing to: {{broker}}", nowhere: "Publishing to no broker", sum: "{{depth}} waiting · {{rate}}/s out", dead_one: "{{count}} dead letter", dead_other: "{{count}} dead letters" },
    role: { main: "Main", remote: "Remote", data: "Data" },
    kind: { embedded: "Embedded", rabbitmq: "RabbitMQ", kafka: "Kafka" },
    broker: { ok: "Connected", trouble: "Trouble", used: "The outbox publishes here now" },
    applied: { title: "Subscriptions, version {{version}}", hint: "A change is picked up by every node within two seconds.", none: "No node has told yet which version it goes by.", current: "Goes by version {{version}}", behind: "Still at version {{version}}" },
    queue: {
      title: "Queues", name: "Queue", events: "Events", data: "Data", depth: "Waiting", oldest: "Oldest", in: "In/s", out: "Out/s", held: "In hand", parked: "To retry", kept: "{{count}} kept back", dead: "Dead letters", deadOf: "{{count}} dead letters of {{queue}}", none: "No queues yet", noneHint: "They appear with the first subscription.",
      paused: "Paused", pause: "Pause", resume: "Resume", pauseOf: "Pause {{queue}}", resumeOf: "Resume {{queue}}", resumed: "Goes on", pauseTitle: "Pause {{queue}}?", pauseHint: "Its events wait and nothing is lost. They are handled once it goes on.",
    },
    path: { title: "The way it went", hint: "Times count from its announcement.", none: "No trace", noneHint: "This event has left no step yet.", noQueues: "No queue is subscribed to it.", attempts_one: "{{count}} try", attempts_other: "{{count}} tries" },
    step: { announced: "Announced", archived: "Archived", copied: "Copied to the queue", handled: "Handled", retried: "Waits for the next try", dead: "Given up", delivered: "Delivered" },
    lane: { waiting: "Waiting", retrying: "Retrying", handled: "Handled", dead: "Dead letter" },
    many: {
      replayAll: "Replay all", replayFound: "Replay these", dropAll: "Drop all", dropFound: "Drop these",
      replayTitle: "Replay dead letters", dropTitle: "Drop dead letters", every: "All dead letters of this site", ofQueue: "Queue {{queue}}", ofType: "Event {{type}}", since: "from {{at}}", until: "until {{at}}",
      count_one: "{{count}} dead letter", count_other: "{{count}} dead letters",
      replayHint: "Each goes back to its queue. What fails again comes back here, with its cause.", dropHint: "They will never be handled. This cannot be undone. The archive keeps the events themselves.",
      replayDo: "Replay {{count}}", dropDo: "Drop {{count}}", replayDone_one: "{{count}} sent round again", replayDone_other: "{{count}} sent round again", dropDone_one: "{{count}} dropped", dropDone_other: "{{count}} dropped",
    },
    replays: {
      new: "Replay from the archive", newHint: "Consumers that handled an event already leave it alone.", force: "Handle again what was handled", forceHint: "Mails are sent and cases are made a second time.", forced: "handled again", when: "Announced between", types: "Events", typesHint: "None chosen: all of them", queues: "Into these queues", queuesHint: "Only they get the events again", keyHint: "One chat, one visitor; empty for all",
      count: "Count", begin: "Replay {{count}} events", counted_one: "{{count}} event would go to {{queues}} queues.", counted_other: "{{count}} events would go to {{queues}} queues.", nothing: "No event answers this. Nothing would happen.",
      title: "Replays", none: "No replays yet", noneHint: "They are listed here with their progress.", everyType: "All events", span: "{{from}} – {{to}}", rate: "{{rate}}/s at most", done: "{{done}} of {{count}} · begun {{at}}", progress: "Progress",
      state: { running: "Running", done: "Done", cancelled: "Cancelled", failed: "Failed" }, cancel: "Cancel", cancelTitle: "Cancel this replay?", cancelHint: "Events that were sent already stay sent.",
    },
    sub: {
      add: "New subscription", edit: "Edit subscription", none: "No subscriptions yet", noneHint: "Add one, and a queue hears of an event.", pattern: "Event", patternHint: "A name, a family (Chat.*), or everything (*)", queue: "Queue", queueHint: "The queue that gets a copy of each", site: "Site", everySite: "Every site", only: "Only", filter: "Filter", filterHint: "A copy is made only when every comparison holds.", field: "Field", values: "Values", operator: "Comparison", op: { in: "is one of", not_in: "is none of", gt: "is more than", gte: "is at least", lt: "is less than", lte: "is at most", starts_with: "starts with", contains: "contains", exists: "is there (true, false)" }, addCondition: "Add a condition", condition: "Condition {{number}}", dropCondition: "Remove condition {{number}}",
      state: "State", states: { declaring: "Declaring", active: "Active", paused: "Paused", draining: "Draining", drained: "Drained", failed: "Failed" },
      stateHint: { declaring: "The queue is being made ready.", active: "Events are copied.", paused: "Nothing is copied.", draining: "Nothing is copied any more; what is in the queue is still handled.", drained: "The queue is empty.", failed: "The queue could not be made ready." },
      enabledOf: "{{pattern}} to {{queue}}", pause: "Pause this subscription?", pauseHint: "{{queue}} gets no more {{pattern}}. Events of the meantime are not made up for by themselves; replay them from the archive.",
      remove: "Delete this subscription?", removeHint: "{{queue}} gets no more {{pattern}}. What is in the queue already is still handled. Events of the archive can be replayed later.",
    },
  },
  notices: {
    label: "Alarms", more_one: "{{count}} more", more_other: "{{count}} more", hide: "Hide until something new happens", look: "Look", since: "since {{at}}",
    level: { red: "Alarm", orange: "Warning", yellow: "Note", green: "Note" },
    kind: {
      broker_down: "The broker {{broker}} cannot be reached", main_broker_left: "Events take the remote broker; the main one is not used", queue_old: "The queue {{queue}} is {{age}} behind", queue_full: "Copies wait for the queue {{queue}}, the oldest for {{age}}", subscription_paused: "Subscriptions to the queue {{queue}} were paused: too many copies wait and nobody empties it", endpoint_disabled: "A webhook was disabled: {{url}}", level: "The pipeline: {{level}}", other: "{{kind}} {{subject}}",
    },
  },
};
