/** The seam between the loader, which is always there, and the panel, which comes on intent. */
import type { Memory } from './memory';
import type { ChatState, Visit } from './wire';

/** What the loader offers to the panel. */
export interface Host {
  /** Where the server is, with a slash at the end. */
  base: string;
  nonce?: string;
  root: ShadowRoot;
  mount: HTMLElement;
  /** Shared by all tabs of the site. */
  memory: Memory;
  visit(): Visit;
  token(): string;
  /** Starts a new visit after the token was refused. */
  revisit(): Promise<Visit | null>;
  /** Tells the button how many messages are unread. */
  unread(count: number): void;
  /** Tells the button whether the panel is open. */
  opened(open: boolean): void;
  focusButton(): void;
  /** While the panel holds a connection, the loader sends no heartbeats. */
  linked(on: boolean): void;
}

/** What the panel offers to the loader. */
export interface Panel {
  open(focus: boolean): void;
  close(): void;
  isOpen(): boolean;
  visited(visit: Visit): void;
  /** Another tab's news about the chat. */
  chatElsewhere(chat: ChatState | null): void;
}

export type StartPanel = (host: Host) => Panel;

declare global {
  interface Window {
    __switchboardPanel?: StartPanel;
    Switchboard?: PublicApi;
  }
}

/** What a host page may call. */
export interface PublicApi {
  open(): void;
  close(): void;
  variables(values: Record<string, unknown>): Promise<void>;
}

/** Names in storage. */
export const keys = { token: 'token', chat: 'chat', open: 'open', read: 'read', sound: 'sound', outbox: 'outbox', done: 'done', draft: 'draft', form: 'form' } as const;
