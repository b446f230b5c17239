/** The numbered log of the mock: topics, resume, sockets and polling. */
import { WebSocketServer } from "ws";
import { state } from "./chats.mjs";

const EPOCH = Date.now().toString(36);
const logs = new Map();
const clients = new Set();
const KEEP = 500;

const logOf = (topic) => {
  if (!logs.has(topic)) logs.set(topic, { seq: 0, frames: [] });
  return logs.get(topic);
};
export const cursorOf = (topic) => `${EPOCH}.${logOf(topic).seq}`;

export function event(topic, kind, data) {
  const log = logOf(topic);
  log.seq += 1;
  const frame = { t: "event", topic, n: `${EPOCH}.${log.seq}`, kind, data: structuredClone(data) };
  log.frames.push(frame);
  if (log.frames.length > KEEP) log.frames.shift();
  spread(topic, frame);
}

export function entry(chat, made) {
  const topic = `chat:${chat.id}`;
  spread(topic, { t: "entry", topic, n: String(made.seq), entry: made });
}

export const passing = (topic, frame) => spread(topic, frame);

function spread(topic, frame) {
  for (const client of clients) if (client.topics.has(topic)) client.send(frame);
}

/** What a client with this cursor has missed. */
export function missed(topic, cursor) {
  if (topic.startsWith("chat:")) {
    const id = topic.slice(5);
    return (state.entries.get(id) ?? []).filter((one) => one.seq > Number(cursor)).map((one) => ({ t: "entry", topic, n: String(one.seq), entry: one }));
  }
  const [epoch, seq] = String(cursor).split(".");
  const log = logOf(topic);
  const first = log.frames[0] ? Number(log.frames[0].n.split(".")[1]) : log.seq + 1;
  if (epoch !== EPOCH || Number(seq) < first - 1) return [{ t: "reload", topic, n: cursorOf(topic) }];
  return log.frames.filter((frame) => Number(frame.n.split(".")[1]) > Number(seq));
}

export function serveSockets(server, { allowed, act }) {
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    if (!request.url.startsWith("/ws/agent") || process.env.NO_SOCKETS) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const client = { topics: new Set(), send: (frame) => ws.readyState === 1 && ws.send(JSON.stringify(frame)) };
      ws.on("message", (raw) => {
        const op = JSON.parse(String(raw));
        if (op.op === "hello") {
          if (!allowed(request)) return ws.close(4401);
          clients.add(client);
          client.send({ t: "welcome", pace_ms: 20_000, session: "mock" });
          for (const [topic, cursor] of Object.entries(op.cursors)) follow(client, topic, cursor);
        } else if (op.op === "follow") follow(client, op.topic, op.cursor);
        else if (op.op === "unfollow") client.topics.delete(op.topic);
        else if (op.op === "ping") {
          for (const [chat, seq] of Object.entries(op.seqs ?? {})) for (const frame of missed(`chat:${chat}`, seq)) client.send(frame);
          client.send({ t: "pong" });
        } else act(op, (frame) => client.send(frame));
      });
      ws.on("close", () => clients.delete(client));
    });
  });
  return { cut: () => sockets.clients.forEach((ws) => ws.terminate()) };
}

function follow(client, topic, cursor) {
  client.topics.add(topic);
  if (cursor !== null && cursor !== undefined) for (const frame of missed(topic, cursor)) client.send(frame);
}

/** One long poll: the same frames, gathered. */
export function poll({ cursors, ops, wait_ms }, act, done) {
  const frames = [];
  for (const op of ops ?? []) act(op, (frame) => frames.push(frame));
  for (const [topic, cursor] of Object.entries(cursors)) frames.push(...missed(topic, cursor));
  const answer = () => done({ frames, pace_ms: 500 });
  if (frames.length > 0 || !wait_ms) return answer();
  const client = { topics: new Set(Object.keys(cursors)), send: (frame) => (frames.push(frame), finish()) };
  const timer = setTimeout(() => finish(), Math.min(wait_ms, 20_000));
  const finish = () => {
    clearTimeout(timer);
    clients.delete(client);
    setTimeout(answer, 30);
  };
  clients.add(client);
}
