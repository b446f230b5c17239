/** What the server sends and takes: the widget's part of the public contract, nothing else. */

export interface Look {
  theme_color: string;
  position: 'right' | 'left';
  offset_x: number;
  offset_y: number;
  radius: number;
  dark: 'auto' | 'light' | 'dark';
  button_label: boolean;
  z_index: number;
}

export interface FormField {
  key: string;
  visible?: boolean;
  required?: boolean;
  choices?: string[];
}

/** A field of the site's own; a form calls it `custom_<id>`. */
export interface CustomField {
  id: number;
  name: string;
  label?: Partial<Record<Language, string>>;
  kind?: 'text' | 'choice' | 'checkbox';
  required?: boolean;
  choices?: string[];
}

export type Language = 'zh' | 'en';
export type TextOverrides = Partial<Record<Language, Record<string, string>>>;

export interface FileRules {
  enabled: boolean;
  max_bytes: number;
  types: string[];
}

export interface Config {
  look: Look;
  texts: TextOverrides;
  language: 'auto' | Language;
  pre_chat: { enabled: boolean; fields: FormField[]; custom_fields?: CustomField[] };
  rating: { enabled: boolean };
  files: FileRules;
  hide_when_offline: boolean;
}

/** A configuration as it may come over the wire: any part may be left out. */
export type ConfigPatch = { [K in keyof Config]?: Config[K] extends string | boolean ? Config[K] : Partial<Config[K]> };

export interface Department {
  id: number;
  name: string;
  online: boolean;
}

export type ChatStatus = 'waiting' | 'chatting' | 'offline' | 'ended';

export interface ChatState {
  id: string;
  number?: number;
  status: ChatStatus;
  position?: number | null;
  estimated_wait_s?: number | null;
  agent?: { name: string; avatar?: string | null } | null;
  seq?: number;
  can_rate?: boolean;
  can_mail?: boolean;
  marks?: Marks;
}

/** The answer to `POST /widget/visits` and `POST /widget/pages`. */
export interface Visit {
  visitor: { id: string };
  token?: string;
  widget: (ConfigPatch & { version?: number }) | null;
  departments: Department[];
  online: boolean;
  chat: ChatState | null;
  pace_ms: number;
}

export interface Upload {
  id: string;
  name: string;
  type: string;
  size: number;
  url: string;
  width?: number | null;
  height?: number | null;
}

export type EntryKind = 'message' | 'joined' | 'left' | 'transferred' | 'ended' | 'rated' | 'system';

export interface Entry {
  seq: number;
  id: string;
  kind: EntryKind;
  from: { kind: 'visitor' | 'agent' | 'system'; id?: unknown; name?: string | null };
  text: string | null;
  upload: Upload | null;
  client_id: string | null;
  at: string;
  data?: Record<string, unknown>;
}

export interface Marks {
  visitor?: { delivered?: number; read?: number };
  agent?: { delivered?: number; read?: number };
}

export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  field?: string;
}

/** A frame from the server, over the socket or in the answer to a poll. */
export type Frame =
  | { t: 'welcome'; pace_ms?: number; session?: string; me?: unknown }
  | { t: 'entry'; topic: string; n: string; entry: Entry }
  | { t: 'reload'; topic: string; n: string }
  | { t: 'typing'; chat: string; who: 'visitor' | 'agent'; name?: string; on: boolean; text?: string | null }
  | ({ t: 'marks'; chat: string } & Marks)
  | { t: 'state'; chat: string; state: ChatState }
  | { t: 'move'; after_ms?: number }
  | { t: 'pong' }
  | { t?: undefined; re: string; ok?: unknown; problem?: Problem };

/** A frame to the server. */
export type Op =
  | { op: 'hello'; token: string; cursors: Record<string, string> }
  | { op: 'follow'; topic: string; cursor: string | null }
  | { op: 'say'; ref: string; chat: string; client_id: string; text: string | null; upload: string | null }
  | { op: 'typing'; chat: string; text: string | null; on: boolean }
  | { op: 'read' | 'delivered'; chat: string; seq: number }
  | { op: 'ping'; seqs: Record<string, number> };

/** The last word of a problem's `type`, e.g. `too-large`; empty when it has none. */
export function slugOf(problem: Problem | undefined): string {
  return problem?.type?.split('/').pop() ?? '';
}
