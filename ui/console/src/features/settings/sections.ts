import type { Permission } from "@switchboard/api";

export interface Section {
  name: "widgets" | "users" | "roles" | "departments" | "apiKeys" | "webhooks" | "events" | "sites";
  path: string;
  need: Permission | "superadmin";
  group: "chat" | "people" | "connect" | "house";
}

/** The sections of the settings, in their order. */
export const sections: Section[] = [
  { name: "widgets", path: "widgets", need: "manage_widgets", group: "chat" },
  { name: "departments", path: "departments", need: "manage_departments", group: "chat" },
  { name: "users", path: "users", need: "manage_users", group: "people" },
  { name: "roles", path: "roles", need: "manage_roles", group: "people" },
  { name: "apiKeys", path: "api-keys", need: "manage_api_keys", group: "connect" },
  { name: "webhooks", path: "webhooks", need: "manage_webhooks", group: "connect" },
  { name: "events", path: "events", need: "view_events", group: "connect" },
  { name: "sites", path: "sites", need: "superadmin", group: "house" },
];
