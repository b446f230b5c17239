/** Keeps unacknowledged messages over a reload of the page. Files on their way cannot be kept. */
import type { Memory } from '../../shared/memory';
import { keys } from '../../shared/bridge';
import type { Outgoing } from './timeline';

interface Kept {
  chat: string;
  messages: Outgoing[];
}

export function keepOutbox(tab: Memory, chat: string, outgoing: Outgoing[]): void {
  const messages = outgoing.filter((o) => o.state !== 'uploading' && (o.text !== null || o.upload)).map(({ file: _, ...rest }) => rest);
  tab.set(keys.outbox, messages.length ? ({ chat, messages } satisfies Kept) : null);
}

export function restoreOutbox(tab: Memory, chat: string): Outgoing[] {
  const kept = tab.get<Kept>(keys.outbox);
  return kept?.chat === chat ? kept.messages.map((o) => ({ ...o, state: 'sending', reason: undefined })) : [];
}
