/** Turns a timeline into what stands in the thread: days, notes, messages in groups. No I/O. */
import type { Entry } from '../../shared/wire';
import type { Outgoing, Timeline } from '../chat/timeline';
import { dayKey } from '../format';

export type Item =
  | { type: 'day'; key: string; at: string | number }
  | { type: 'note'; key: string; entry: Entry }
  | {
      type: 'message';
      key: string;
      own: boolean;
      at: string | number;
      entry?: Entry;
      outgoing?: Outgoing;
      /** First and last of a group by one sender. */
      first: boolean;
      last: boolean;
    };

const GROUP_MS = 180000;

export function itemsOf(timeline: Timeline): Item[] {
  const items: Item[] = [];
  let day = '';
  const enter = (at: string | number) => {
    if (dayKey(at) === day) return;
    day = dayKey(at);
    items.push({ type: 'day', key: 'day ' + day, at });
  };
  for (const entry of timeline.entries) {
    if (entry.kind === 'rated') continue;
    enter(entry.at);
    if (entry.kind !== 'message' || entry.from.kind === 'system') items.push({ type: 'note', key: entry.id, entry });
    else {
      const own = entry.from.kind === 'visitor';
      // Our own keep the key they had while on their way, so that nothing is drawn or announced twice.
      items.push({ type: 'message', key: (own && entry.client_id) || entry.id, own, at: entry.at, entry, first: true, last: true });
    }
  }
  for (const outgoing of timeline.outgoing) {
    enter(outgoing.at);
    items.push({ type: 'message', key: outgoing.client_id, own: true, at: outgoing.at, outgoing, first: true, last: true });
  }
  items.forEach((item, i) => {
    const before = items[i - 1];
    if (item.type !== 'message' || before?.type !== 'message' || !together(before, item)) return;
    item.first = false;
    before.last = false;
  });
  return items;
}

type Message = Extract<Item, { type: 'message' }>;

function together(a: Message, b: Message): boolean {
  return a.own === b.own && (a.own || a.entry?.from.name === b.entry?.from.name) && +new Date(b.at) - +new Date(a.at) < GROUP_MS;
}
