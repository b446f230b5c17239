/** What the server tells of tickets. */
import type { Time, UploadView, Uuid } from "@switchboard/api";

export const STATUSES = ["new", "open", "pending", "on_hold", "solved", "closed"] as const;
export type TicketStatus = (typeof STATUSES)[number];
export const PRIORITIES = ["low", "normal", "high", "urgent"] as const;
export type Priority = (typeof PRIORITIES)[number];
export type Clock = "first_reply" | "next_reply" | "resolve";

export interface Named {
  id: number;
  name: string;
}

export interface Sla {
  first_reply_due: Time | null;
  next_reply_due: Time | null;
  resolve_due: Time | null;
  breached: Clock[];
  /** The clocks stand still while somebody outside is waited for. */
  paused?: boolean;
}

export interface TicketCard {
  id: number | string;
  number: number;
  subject: string;
  status: TicketStatus;
  priority: Priority;
  requester: { name: string; email: string };
  assignee: Named | null;
  department: Named | null;
  tags: string[];
  source: "offline" | "chat" | "email" | "agent" | "api";
  sla: Sla;
  unread: boolean | number;
  updated_at: Time;
  created_at: Time;
}

export interface TicketView extends TicketCard {
  chat: Uuid | null;
  follows?: number | null;
  language?: string;
}

export interface TicketEntry {
  seq: number;
  id: string;
  kind: "public" | "note" | "change" | "system";
  from: { kind: "agent" | "api" | "requester" | "other" | "system"; id?: number | string | null; name?: string | null; email?: string | null };
  text: string;
  uploads: UploadView[];
  changes?: { field: string; from: unknown; to: unknown }[];
  /** How the letter stands that carries it to the requester. */
  email?: { state: "pending" | "sent" | "failed" | "held"; trouble?: string | null } | null;
  client_id?: Uuid | null;
  at: Time;
}

export interface NewEntry {
  client_id: Uuid;
  text: string;
  public: boolean;
  macro?: Macro["id"];
  uploads?: Uuid[];
  status?: TicketStatus;
}

export interface NewTicket {
  subject: string;
  requester: { name: string; email: string };
  text: string;
  priority?: Priority;
  assignee?: number | null;
  department?: number | null;
  tags?: string[];
  /** `staff`: the words are ours and go to the requester by mail. */
  author?: "staff" | "requester";
}

export interface TicketPatch {
  subject?: string;
  status?: TicketStatus;
  priority?: Priority;
  assignee?: number | null;
  department?: number | null;
  tags?: string[];
}

export interface TicketFilter {
  status?: TicketStatus[];
  priority?: Priority[];
  /** A user's number, `me` or `none`. */
  assignee?: string;
  department?: number;
  tag?: string;
  q?: string;
}

export type TicketSort = "updated" | "created" | "priority" | "due";

export interface SavedView {
  id: number;
  name: string;
  filter: TicketFilter;
  sort: TicketSort;
  shared: boolean;
  own?: boolean;
  /** How many it shows; not known where they were not counted. */
  count: number | null;
}

export interface Macro {
  id: number;
  name: string;
  text: string;
  actions: { status?: TicketStatus | null; priority?: Priority | null; assignee?: number | null; tags_add?: string[] };
}

export interface SlaTarget {
  priority: Priority;
  first_reply_minutes: number | null;
  next_reply_minutes: number | null;
  resolve_minutes: number | null;
}

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];

export interface TicketSettings {
  sla: SlaTarget[];
  business_hours: { time_zone: string; days: Partial<Record<Day, [string, string][]>>; holidays: string[] };
  from_offline: boolean;
  from_chats: boolean;
  inbound_address: string | null;
  acknowledge?: boolean;
  staff_news?: boolean;
  close_after_days?: number;
}

/** The settings, and where raw mail may be handed in. */
export type ShownSettings = TicketSettings & { inbound_hook?: string };
