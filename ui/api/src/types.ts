/**
 * The wire types of the console API, by the names of the server's OpenAPI schemas.
 * Small ids are numbers, message ids and UUIDs are strings, times are RFC 3339 in UTC.
 */

export type Uuid = string;
export type Time = string;
export type Language = "zh" | "en";

export interface Page<T> {
  items: T[];
  next: string | null;
}

export const PERMISSIONS = [
  "answer_chats",
  "view_visitors",
  "view_history",
  "view_all_chats",
  "manage_widgets",
  "manage_departments",
  "manage_users",
  "manage_roles",
  "manage_api_keys",
  "manage_webhooks",
  "manage_site",
  "view_events",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export type AgentStatus = "online" | "away" | "offline";
export type ChatStatus = "waiting" | "chatting" | "ended";
export type VisitorStatus = "browsing" | "waiting" | "chatting";
export type EndedBy = "visitor" | "agent" | "idle" | "left";

// Identity

export interface SiteAccess {
  id: number;
  name: string;
  role: string;
  permissions: Permission[];
}

export interface Me {
  id: number;
  email: string;
  name: string;
  language: Language | null;
  time_zone: string | null;
  avatar?: string | null;
}

export interface WhoAmI {
  user: Me;
  sites: SiteAccess[];
  superadmin?: boolean;
  totp_enabled?: boolean;
  must_set_password?: boolean;
}

export interface SessionView {
  id: number;
  agent: string;
  address: string;
  created_at: Time;
  seen_at: Time;
  current: boolean;
}

export interface TotpOffer {
  secret: string;
  otpauth_url: string;
}

export interface RecoveryCodes {
  recovery_codes: string[];
}

export interface SiteView {
  id: number;
  name: string;
  time_zone: string;
  languages: Language[];
  created_at?: Time;
}

export interface UserView {
  id: number;
  email: string;
  name: string;
  role_id: number;
  departments: number[];
  chat_limit: number;
  accepts_chats: boolean;
  disabled: boolean;
  invited?: boolean;
  totp_enabled?: boolean;
  seen_at?: Time | null;
  created_at?: Time;
}

export interface NewUser {
  email: string;
  name: string;
  role_id: number;
  departments?: number[];
  chat_limit?: number;
  accepts_chats?: boolean;
}
export type UserPatch = Partial<NewUser & { disabled: boolean }>;

/** A one-time sign-in link; none when the person has an account already. */
export interface UserInvited {
  user: UserView;
  link: string | null;
}

export interface RoleView {
  id: number;
  name: string;
  permissions: Permission[];
  /** The wire name of a role that every site has. */
  built_in: string | null;
  users?: number;
}

export interface DepartmentView {
  id: number;
  name: string;
  description: string;
  members: number[];
  is_default: boolean;
}

export interface ApiKeyView {
  id: number;
  name: string;
  permissions: Permission[];
  /** The first letters of the secret. */
  hint: string;
  created_at: Time;
  expires_at: Time | null;
  used_at?: Time | null;
}
export interface ApiKeyCreated {
  key: ApiKeyView;
  secret: string;
}

// Live chat

export interface PageRef {
  url: string;
  title: string;
}

export interface Party {
  kind: "visitor" | "agent" | "system";
  id?: Uuid | number | null;
  name: string;
}

export interface UploadView {
  id: Uuid;
  name: string;
  type: string;
  size: number;
  url: string;
  width?: number | null;
  height?: number | null;
}

export type EntryKind = "message" | "joined" | "left" | "transferred" | "ended" | "rated" | "system";

export interface Entry {
  seq: number;
  id: string;
  kind: EntryKind;
  from: Party;
  text: string | null;
  upload: UploadView | null;
  client_id: string | null;
  at: Time;
  data?: Record<string, unknown> | null;
}

export interface Mark {
  delivered: number;
  read: number;
}
export interface Marks {
  visitor: Mark;
  agent: Mark;
}

/** The answer to `say`, over the socket as over HTTP. */
export interface SaidView {
  entry: Entry;
}

export interface ChatVisitor {
  id: Uuid;
  name: string | null;
  email?: string | null;
  country: string | null;
  city?: string | null;
  browser: string | null;
  os: string | null;
  page: PageRef | null;
  referrer: string | null;
  visits: number;
  language: string | null;
  online: boolean;
}

export interface ChatCard {
  id: Uuid;
  number: number;
  status: ChatStatus;
  visitor: ChatVisitor;
  department: { id: number; name: string } | null;
  agent: { id: number; name: string } | null;
  source: string;
  requested_at: Time;
  started_at: Time | null;
  ended_at: Time | null;
  ended_by: EndedBy | null;
  last: { text: string; from: Party["kind"]; at: Time } | null;
  seq: number;
  unread: number;
  marks: Marks;
  rating: { grade: number; comment: string | null } | null;
  form: Record<string, string>;
  waiting_s: number | null;
}
export type ChatView = ChatCard;

export interface Colleague {
  id: number;
  name: string;
  status: AgentStatus;
  load: number;
  limit: number;
}

export interface DeskMe {
  status: AgentStatus;
  chat_limit: number;
  load: number;
  accepts_chats: boolean;
  note?: string | null;
  /** The departments whose queue this agent serves; without the list, all of them. */
  departments?: number[];
  sees_all?: boolean;
}

export interface DeskView {
  me: DeskMe;
  chats: ChatCard[];
  queue: ChatCard[];
  colleagues: Colleague[];
  cursor: string;
  /** Where each log stands that concerns this agent: `desk`, and one's own, `agent:<id>`. */
  cursors?: Record<string, string>;
}

export interface LiveVisitorView {
  id: Uuid;
  name: string | null;
  status: VisitorStatus;
  page: PageRef | null;
  landing: PageRef | string | null;
  referrer: string | null;
  country: string | null;
  city: string | null;
  browser: string | null;
  os: string | null;
  device: string | null;
  language: string | null;
  time_zone: string | null;
  visits: number;
  pages: number;
  since: Time;
  seen: Time;
  chat: Uuid | null;
  variables: Record<string, string>;
}

export interface LiveVisitors {
  items: LiveVisitorView[];
  cursor: string;
}

export interface VisitView {
  id: Uuid | number;
  since: Time;
  seen: Time;
  referrer: string | null;
  pages: number;
}

export interface PageView {
  url: string;
  title: string;
  at: Time;
}

export interface VisitorDetail {
  visitor: LiveVisitorView;
  visits: VisitView[];
  pages: PageView[];
  chats: ChatCard[];
}

// Widgets

export type FieldKey = "name" | "email" | "phone" | "department" | "message";
export interface PreChatField {
  key: FieldKey;
  visible: boolean;
  required: boolean;
}

export interface WidgetConfig {
  look: {
    theme_color: string;
    position: "right" | "left";
    offset_x: number;
    offset_y: number;
    radius: number;
    dark: "auto" | "light" | "dark";
    button_label: boolean;
    z_index: number;
  };
  texts: Record<Language, Record<string, string>>;
  language: "auto" | Language;
  pre_chat: { enabled: boolean; fields: PreChatField[] };
  rating: { enabled: boolean };
  files: { enabled: boolean; max_bytes: number; types: string[] };
  allowed_origins: string[];
  hide_when_offline: boolean;
  idle_end_minutes: number;
}

export interface WidgetView {
  id: number;
  name: string;
  enabled: boolean;
  config: WidgetConfig;
  snippet: string;
  version: number;
}

// Integrations and events

export interface WebhookView {
  id: number;
  url: string;
  events: string[];
  enabled: boolean;
  description: string;
  /** Why it was disabled by itself. */
  disabled_reason?: "gone" | "failing" | string | null;
  failing_since?: Time | null;
  created_at?: Time;
}
export interface WebhookCreated extends WebhookView {
  secret: string;
}

export type DeliveryStatus = "pending" | "delivered" | "failed";
export interface HeaderView {
  name: string;
  value: string;
}
export interface AttemptView {
  number: number;
  at: Time;
  took_ms: number;
  url: string;
  request_headers: HeaderView[];
  status: number | null;
  error: string | null;
  response_headers: HeaderView[];
  response_body: string;
}
export interface DeliveryView {
  id: Uuid;
  webhook: number;
  /** The event's id, sent as `webhook-id`. */
  event: Uuid;
  type: string;
  status: DeliveryStatus;
  attempts: number;
  last_status: number | null;
  next_at: Time | null;
  created_at: Time;
}
export interface DeliveryDetail extends DeliveryView {
  request_body: string;
  log: AttemptView[];
}

export interface EventType {
  name: string;
  version: number;
  about: Record<Language, string>;
}

export interface DeadLetterView {
  id: number;
  consumer: string;
  type: string;
  event: Uuid;
  key: string | null;
  attempts: number;
  causes: { at: Time; why: string }[];
  payload: unknown;
  first_at: Time;
  died_at: Time;
}

// Real time

export interface RtEvent {
  t: "event";
  /** `desk`, `visitors` or `agent:<id>`. */
  topic: string;
  n: string;
  kind: string;
  data: unknown;
}
export interface RtEntry {
  t: "entry";
  topic: string;
  n: string;
  entry: Entry;
}
export interface RtTyping {
  t: "typing";
  chat: Uuid;
  who: "visitor" | "agent";
  name: string;
  on: boolean;
  text?: string | null;
}
export interface RtMarks extends Partial<Marks> {
  t: "marks";
  chat: Uuid;
}
export interface RtWelcome {
  t: "welcome";
  pace_ms: number;
  session: string;
  me?: unknown;
}
export interface RtReply {
  t?: undefined;
  re: string;
  ok?: unknown;
  problem?: ProblemBody;
}
export type Frame =
  | RtWelcome
  | RtEntry
  | RtEvent
  | RtTyping
  | RtMarks
  | RtReply
  | { t: "reload"; topic: string; n: string }
  | { t: "move"; after_ms: number }
  | { t: "problem"; topic?: string; problem: ProblemBody }
  | { t: "pong" };

export type Op =
  | { op: "hello"; site: number; cursors: Record<string, string> }
  | { op: "follow"; topic: string; cursor: string | null }
  | { op: "unfollow"; topic: string }
  | { op: "say"; ref: string; chat: Uuid; client_id: Uuid; text: string | null; upload: Uuid | null }
  | { op: "typing"; chat: Uuid; on: boolean; text?: string | null }
  | { op: "read"; chat: Uuid; seq: number }
  | { op: "delivered"; chat: Uuid; seq: number }
  | { op: "ping"; seqs: Record<Uuid, number> };

export interface PollAnswer {
  frames: Frame[];
  pace_ms: number;
  /** Given back by the next poll, so that nothing is told twice. */
  heard?: string;
}

export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail?: string;
  field?: string;
  request_id?: string;
}
