// One chat of the mock: its log, its marks and an agent who echoes. Development only.
import { randomUUID } from 'node:crypto';

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export class Chat {
  constructor(visitor, form, speed, online) {
    Object.assign(this, { id: randomUUID(), number: Math.floor(Math.random() * 9000) + 1000, visitor, form, speed, online });
    this.status = 'waiting';
    this.position = 2;
    this.entries = [];
    this.marks = { visitor: { delivered: 0, read: 0 }, agent: { delivered: 0, read: 0 } };
    this.agent = null;
    this.rated = false;
    this.lines = new Set();
  }

  get state() {
    const { id, number, status, position, agent } = this;
    const waiting = status === 'waiting';
    return { id, number, status, ...(waiting && { position, estimated_wait_s: position * 70 }), agent, seq: this.entries.length, can_mail: true, can_rate: status === 'ended' && !this.rated && !!agent };
  }

  tell(frame) {
    for (const line of this.lines) line(frame);
  }

  add(kind, from, text = null, extra = {}) {
    const known = extra.client_id && this.entries.find((e) => e.client_id === extra.client_id);
    if (known) return known;
    const seq = this.entries.length + 1;
    const entry = { seq, id: String(7400000000000000000n + BigInt(seq)), kind, from, text, upload: null, client_id: null, at: new Date().toISOString(), ...extra };
    this.entries.push(entry);
    this.tell({ t: 'entry', topic: 'chat:' + this.id, n: String(seq), entry });
    return entry;
  }

  mark(patch) {
    for (const who of Object.keys(patch)) Object.assign(this.marks[who], patch[who]);
    this.tell({ t: 'marks', chat: this.id, ...this.marks });
  }

  tellState() {
    this.tell({ t: 'state', chat: this.id, state: this.state });
  }

  async accept() {
    await sleep(this.speed * 2);
    this.position = 1;
    this.tellState();
    await sleep(this.speed * 2);
    if (this.status !== 'waiting') return;
    this.status = 'chatting';
    this.agent = { name: this.form.name && /[\u4e00-\u9fff]/.test(this.form.name) ? '林晓' : 'Lena Hart', avatar: null };
    this.add('joined', { kind: 'agent', id: 7, name: this.agent.name });
    this.tellState();
    this.mark({ agent: { delivered: this.entries.length, read: this.entries.length } });
    const first = this.entries.find((e) => e.kind === 'message');
    await this.answer(first?.text ?? null);
  }

  async answer(text) {
    if (this.status !== 'chatting') return;
    const from = { kind: 'agent', id: 7, name: this.agent.name };
    const newest = this.entries.length;
    await sleep(this.speed / 2);
    this.mark({ agent: { delivered: newest } });
    await sleep(this.speed / 2);
    this.mark({ agent: { read: newest } });
    this.tell({ t: 'typing', chat: this.id, who: 'agent', name: this.agent.name, on: true });
    await sleep(this.speed);
    if (this.status !== 'chatting') return;
    if (text === '/end') return this.end('agent');
    if (text === '/hole') {
      // An entry that is announced without the one before it: the widget has to fetch.
      const lines = this.lines;
      this.lines = new Set();
      this.add('message', from, 'You could only see this by asking.');
      this.lines = lines;
    }
    this.add('message', from, text ? `You said: ${text}` : 'Hello! How can I help?');
  }

  end(by) {
    if (this.status === 'ended') return;
    this.status = 'ended';
    this.add('ended', { kind: 'system', name: null }, null, { data: { by } });
    this.tellState();
  }

  op(op) {
    if (op.op === 'say') {
      if (this.status === 'ended') return { re: op.ref, problem: { type: 'https://switchboard.example/problems/conflict', status: 409, title: 'chat ended' } };
      const before = this.entries.length;
      const entry = this.add('message', { kind: 'visitor', id: this.visitor.id, name: this.form.name ?? null }, op.text ?? null, { client_id: op.client_id, upload: op.upload ? this.visitor.uploads.get(op.upload) : null });
      if (this.entries.length > before) void this.answer(op.text ?? (entry.upload && entry.upload.name));
      return { re: op.ref, ok: { seq: entry.seq, id: entry.id } };
    }
    if (op.op === 'read') this.mark({ visitor: { read: op.seq, delivered: op.seq } });
    if (op.op === 'delivered') this.mark({ visitor: { delivered: op.seq } });
    return null;
  }
}
