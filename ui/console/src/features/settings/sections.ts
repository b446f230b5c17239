import type { Permission } from "@switchboard/api";

export interface Section {
  name: "widgets" | "users" | "roles" | "departments" | "macros" | "ticketRules" | "apiKeys" | "webhooks" | "integrations" | "events" | "explorer" | "deadLetters" | "replays" | "subscriptions" | "sites";
  path: string;
  need: Permission | "superadmin";
  group: "chat" | "tickets" | "people" | "connect" | "events" | "house";
}

/** The sections of the settings, in their order. */
export const sections: Section[] = [
  { name: "widgets", path: "widgets", need: "manage_widgets", group: "chat" },
  { name: "departments", path: "departments", need: "manage_departments", group: "chat" },
  { name: "macros", path: "macros", need: "manage_tickets", group: "tickets" },
  { name: "ticketRules", path: "ticket-rules", need: "manage_tickets", group: "tickets" },
  { name: "users", path: "users", need: "manage_users", group: "people" },
  { name: "roles", path: "roles", need: "manage_roles", group: "people" },
  { name: "apiKeys", path: "api-keys", need: "manage_api_keys", group: "connect" },
  { name: "webhooks", path: "webhooks", need: "manage_webhooks", group: "connect" },
  { name: "integrations", path: "integrations", need: "manage_integrations", group: "connect" },
  { name: "events", path: "events", need: "view_events", group: "events" },
  { name: "explorer", path: "events/explorer", need: "view_events", group: "events" },
  { name: "deadLetters", path: "events/dead-letters", need: "view_events", group: "events" },
  { name: "replays", path: "events/replays", need: "view_events", group: "events" },
  { name: "subscriptions", path: "events/subscriptions", need: "view_events", group: "events" },
  { name: "sites", path: "sites", need: "superadmin", group: "house" },
];

/** The section of an address: the one that names most of it. */
export function sectionOf(pathname: string): Section | undefined {
  const inside = sections.filter(({ path }) => pathname === `/settings/${path}` || pathname.startsWith(`/settings/${path}/`));
  return inside.sort((a, b) => b.path.length - a.path.length)[0];
}
