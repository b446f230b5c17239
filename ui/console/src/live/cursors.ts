/** The numbers a client has seen, by topic. A chat's number is its `seq`; other topics count as `<epoch>.<seq>`. */
export class Cursors {
  private readonly seen = new Map<string, string>();

  get(topic: string): string | undefined {
    return this.seen.get(topic);
  }

  set(topic: string, cursor: string): void {
    this.seen.set(topic, cursor);
  }

  delete(topic: string): void {
    this.seen.delete(topic);
  }

  all(): Record<string, string> {
    return Object.fromEntries(this.seen);
  }

  /** Takes note of `n`; false when it was seen before and must be dropped. */
  advance(topic: string, n: string): boolean {
    const last = this.seen.get(topic);
    if (last !== undefined && !isNewer(n, last)) return false;
    this.seen.set(topic, n);
    return true;
  }

  /** What a ping tells about the chats followed. */
  seqs(): Record<string, number> {
    const seqs: Record<string, number> = {};
    for (const [topic, cursor] of this.seen) if (topic.startsWith("chat:")) seqs[topic.slice(5)] = Number(cursor) || 0;
    return seqs;
  }
}

/** A number of another epoch is always news: the log began anew. */
export function isNewer(n: string, last: string): boolean {
  const [epoch, seq] = split(n);
  const [lastEpoch, lastSeq] = split(last);
  return epoch !== lastEpoch || seq > lastSeq;
}

function split(cursor: string): [epoch: string, seq: number] {
  const dot = cursor.lastIndexOf(".");
  return dot < 0 ? ["", Number(cursor) || 0] : [cursor.slice(0, dot), Number(cursor.slice(dot + 1)) || 0];
}
