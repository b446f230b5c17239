/**
 * The wire types of the console API. They come from the server's document (`docs/api/openapi.json` → `schema.d.ts`), under its names.
 * Where the document says no more than "text" or "object" and the console tells cases apart, the cases stand here.
 */
import type { components } from "./schema";

type Schemas = components["schemas"];
/** `T` with some fields said more closely. */
type Closer<T, Said> = Omit<T, keyof Said> & Said;

export type Uuid = string;
export type Time = string;
export type Language = "zh" | "en";

export interface Page<T> {
  items: T[];
  next?: string | null;
}

/** The document's own, and those whose routes it is about to describe. */
export type Permission = Schemas["Permission"] | "manage_events" | "manage_integrations" | "answer_tickets" | "manage_tickets";
/** All of them, in the order of the forms; one that the server adds fails the build here. */
export const PERMISSIONS = Object.keys({
  answer_chats: true,
  view_visitors: true,
  view_history: true,
  view_all_chats: true,
  manage_widgets: true,
  manage_departments: true,
  manage_users: true,
  manage_roles: true,
  manage_api_keys: true,
  manage_webhooks: true,
  manage_integrations: true,
  manage_site: true,
  view_events: true,
  manage_events: true,
  answer_tickets: true,
  manage_tickets: true,
} satisfies Record<Permission, true>) as Permission[];

export type ProblemBody = Pick<Schemas["Problem"], "type" | "title" | "status"> & Partial<Pick<Schemas["Problem"], "detail" | "field" | "request_id">>;

// Identity

export type MySiteView = Closer<Schemas["MySiteView"], { permissions: Permission[] }>;
export type MeView = Closer<Schemas["MeView"], { language: Language }>;
export type MePatch = Closer<Schemas["MePatch"], { language?: Language }>;
export type CurrentSession = Closer<Schemas["CurrentSession"], { user: MeView; sites: MySiteView[] }>;
export type Credentials = Schemas["Credentials"];
export type LinkToken = Schemas["LinkToken"];
export type Session = Schemas["Session"];
export type TotpSecretView = Schemas["TotpSecretView"];
export type RecoveryCodesView = Schemas["RecoveryCodesView"];
export type NewPassword = Schemas["NewPassword"];

export type SiteView = Closer<Schemas["SiteView"], { languages: Language[] }>;
export type NewSite = Closer<Schemas["NewSite"], { languages?: Language[] }>;
export type UserView = Schemas["UserView"];
export type NewUser = Schemas["NewUser"];
export type UserPatch = Schemas["UserPatch"];
/** A one-time sign-in link; none when the person has an account already. */
export type InvitedView = Schemas["InvitedView"];
export type SignInLink = Schemas["SignInLink"];
export type RoleView = Closer<Schemas["RoleView"], { permissions: Permission[] }>;
export type NewRole = Closer<Schemas["NewRole"], { permissions: Permission[] }>;
export type DepartmentView = Schemas["DepartmentView"];
export type NewDepartment = Schemas["NewDepartment"];
export type ApiKey = Closer<Schemas["ApiKey"], { permissions: Permission[] }>;
export type NewApiKey = Closer<Schemas["NewApiKey"], { permissions: Permission[] }>;
export type NewApiKeyView = Schemas["NewApiKeyView"];

// Live chat

export type AgentStatus = "online" | "away" | "offline";
export type VisitorStatus = "browsing" | "waiting" | "chatting";
export type EndedBy = Schemas["EndedBy"];
export type PageRef = Schemas["PageRef"];
export type UploadView = Schemas["UploadView"];
export type EntryKind = Schemas["EntryKind"];
export type EntryFrom = Closer<Schemas["EntryFrom"], { kind: "visitor" | "agent" | "system"; id?: Uuid | number | null }>;
export type Entry = Closer<Schemas["Entry"], { from: EntryFrom; data?: Record<string, unknown> | null }>;
export type Mark = Schemas["Mark"];
export type Marks = Schemas["Marks"];
/** The answer to `say`, over the socket as over HTTP. */
export type SaidView = Closer<Schemas["SaidView"], { entry: Entry }>;
export type VisitorCard = Schemas["VisitorCard"];
export type Last = Closer<Schemas["Last"], { from: EntryFrom["kind"] }>;
export type ChatView = Closer<Schemas["ChatView"], { last?: Last | null; form: Record<string, string> }>;
export type CrmView = Schemas["CrmView"];
export type CrmRecord = Schemas["CrmRecord"];
export type Colleague = Closer<Schemas["Colleague"], { status: AgentStatus }>;
export type DeskMe = Closer<Schemas["DeskMe"], { status: AgentStatus }>;
export type DeskView = Closer<Schemas["DeskView"], { me: DeskMe; chats: ChatView[]; queue: ChatView[]; colleagues: Colleague[] }>;
export type StatusView = Closer<Schemas["StatusView"], { status: AgentStatus }>;
export type Transfer = Schemas["Transfer"];

export type LiveVisitorView = Closer<Schemas["LiveVisitorView"], { status: VisitorStatus }>;
export type LiveVisitors = Closer<Schemas["LiveVisitors"], { items: LiveVisitorView[] }>;
export type VisitView = Schemas["VisitView"];
export type SeenPageView = Schemas["SeenPageView"];
export type VisitorDetail = Closer<Schemas["VisitorDetail"], { visitor: LiveVisitorView; chats: ChatView[] }>;

// Widgets

export type FieldKey = Schemas["FieldKey"];
export type PreChat = Schemas["PreChat"];
export type PreChatField = Schemas["PreChatField"];
export type FormField = Schemas["FormField"];
export type WidgetConfig = Closer<Schemas["WidgetConfig"], { texts: Record<Language, Record<string, string>> }>;
export type WidgetView = Closer<Schemas["WidgetView"], { config: WidgetConfig }>;
export type NewWidget = Closer<Schemas["NewWidget"], { config?: WidgetConfig }>;

// Integrations and events

export type WebhookView = Schemas["WebhookView"];
export type NewWebhook = Schemas["NewWebhook"];
export type WebhookWithSecret = Schemas["WebhookWithSecret"];
/** `held`: it happened while the webhook was disabled. */
export type DeliveryStatus = "pending" | "delivered" | "failed" | "held";
export type HeaderView = Schemas["HeaderView"];
export type AttemptView = Schemas["AttemptView"];
export type DeliveryView = Closer<Schemas["DeliveryView"], { status: DeliveryStatus }>;
export type DeliveryDetail = DeliveryView & Pick<Schemas["DeliveryDetail"], "request_body" | "log">;
export type EventType = Schemas["EventType"];

// Real time: frames are JSON of the sockets and polls, which the document does not describe one by one.

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

/** `heard` is given back by the next poll, so that nothing is told twice. */
export type PollAnswer = Closer<Schemas["PollAnswer"], { frames: Frame[]; heard?: string }>;
