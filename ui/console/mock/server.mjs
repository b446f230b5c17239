/** The mock server of the console: speaks the contract, holds everything in memory, and is never dull. */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { addEntry, furnish, newChat, newVisitor, nextLine, state, visitorOf } from "./chats.mjs";
import { house } from "./people.mjs";
import { entry, event, passing, poll, serveSockets } from "./realtime.mjs";
import { Refusal } from "./refusal.mjs";
import { routes, say, told } from "./routes.mjs";
import { uploads } from "./uploads.mjs";
import { picture } from "./picture.mjs";

const port = Number(process.env.PORT ?? 8080);
const dist = new URL("../dist", import.meta.url).pathname;
const previewFiles = new URL("../../widget/dist", import.meta.url).pathname;
furnish();

function match(method, path) {
  const parts = path.split("/");
  for (const [verb, pattern, run] of routes) {
    const want = pattern.split("/");
    if (verb !== method || want.length !== parts.length || !want.every((word, at) => word.startsWith(":") || word === parts[at])) continue;
    const params = Object.fromEntries(want.flatMap((word, at) => (word.startsWith(":") ? [[word.slice(1), decodeURIComponent(parts[at])]] : [])));
    return { run, params };
  }
  return null;
}

const refuse = (res, error) => {
  const known = error instanceof Refusal;
  if (!known) console.error(error);
  const body = { type: `https://switchboard.example/problems/${known ? error.slug : "broken"}`, title: known ? error.slug : "broken", status: known ? error.status : 500, detail: error.message, field: error.field, request_id: randomUUID() };
  res.writeHead(body.status, { "content-type": "application/problem+json" }).end(JSON.stringify(body));
};
const answer = (res, value) => (value === undefined ? res.writeHead(204).end() : res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value)));

/** Operations that arrive over the socket or a poll. */
function act(op, send) {
  if (op.op === "say") {
    try {
      if (house.me.full) throw new Refusal(503, "storage-full", "the server has no room left; nothing was stored, try again later");
      send({ re: op.ref, ok: { entry: say(op.chat, op) } });
      setTimeout(() => react(op.chat), 900);
    } catch (error) {
      send({ re: op.ref, problem: { type: `https://switchboard.example/problems/${error.slug ?? "broken"}`, title: error.slug ?? "broken", status: error.status ?? 500, detail: error.message } });
    }
  } else if (op.op === "read") {
    const chat = state.chats.get(op.chat);
    if (chat) {
      chat.unread = 0;
      chat.marks.agent = { delivered: chat.seq, read: op.seq };
    }
  }
}

/** The visitor's browser gets it, reads it, and after a while says something. */
function react(id) {
  const chat = state.chats.get(id);
  if (chat?.status !== "chatting") return;
  const marks = (read) => {
    chat.marks.visitor = { delivered: chat.seq, read: read ? chat.seq : chat.marks.visitor.read };
    passing(`chat:${id}`, { t: "marks", chat: id, visitor: chat.marks.visitor, agent: chat.marks.agent });
  };
  marks(false);
  setTimeout(() => marks(true), 1200);
  speak(chat, 2500);
}

function speak(chat, delay, line = nextLine()) {
  const type = (text, on = true) => passing(`chat:${chat.id}`, { t: "typing", chat: chat.id, who: "visitor", name: chat.visitor.name ?? "", on, text });
  [0.3, 0.6, 0.9].forEach((part) => setTimeout(() => chat.status === "chatting" && type(line.slice(0, Math.ceil(line.length * part))), delay + part * 2000));
  setTimeout(() => {
    if (chat.status !== "chatting") return;
    type(null, false);
    entry(chat, addEntry(chat, visitorOf(chat), { text: line }));
    told(chat);
  }, delay + 2600);
}

if (!process.env.CALM) {
  let born = 100;
  setInterval(() => {
    const visitors = [...state.visitors.values()].filter((one) => one.status === "browsing");
    if (visitors.length > 45 && Math.random() < 0.5) {
      const gone = visitors[Math.floor(Math.random() * visitors.length)];
      state.visitors.delete(gone.id);
      event("visitors", "visitor_gone", { id: gone.id });
    } else {
      const fresh = newVisitor(++born);
      fresh.since = fresh.seen;
      event("visitors", "visitor_upsert", fresh);
    }
  }, 1500);
  setInterval(() => {
    const open = [...state.chats.values()].filter((chat) => chat.status === "chatting" && chat.agent?.id === 1);
    if (open.length > 0) speak(open[Math.floor(Math.random() * open.length)], 0);
  }, 9000);
  setInterval(() => {
    if ([...state.chats.values()].filter((chat) => chat.status === "waiting").length > 4) return;
    const visitor = newVisitor(++born);
    const chat = newChat(visitor, "waiting", 0);
    addEntry(chat, visitorOf(chat), { text: nextLine() });
    told(chat, "queue");
  }, 45_000);
}

const bodyOf = (req) =>
  new Promise((done) => {
    const parts = [];
    req.on("data", (part) => parts.push(part));
    req.on("end", () => done(Buffer.concat(parts)));
  });

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png" };

async function file(res, root, path) {
  try {
    const name = normalize(path).replace(/^(\.\.[/\\])+/, "");
    const bytes = await readFile(join(root, name));
    res.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream", ...(extname(name) === ".html" ? { "content-security-policy": csp } : {}) }).end(bytes);
    return true;
  } catch {
    return false;
  }
}
const csp = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws:; frame-src 'self'; object-src 'none'; base-uri 'none'";

let refusing = false;
const server = createServer(async (req, res) => {
  const url = new URL(req.url, "http://mock");
  try {
    if (url.pathname === "/mock") {
      // For browser checks: state of the mock by query, e.g. /mock?cut=1&signedIn=true
      for (const [name, value] of url.searchParams) {
        if (name === "cut") link.cut();
        else if (name === "full") {
          house.me.full = value === "1";
          event("desk", "notice", { what: "storage_full", on: house.me.full });
        } else if (name === "down") refusing = value === "1";
        else if (name === "permissions") house.me.permissions = value ? value.split(",") : undefined;
        else if (name === "type") {
          const chat = [...state.chats.values()].find((one) => one.status === "chatting");
          passing(`chat:${chat.id}`, { t: "typing", chat: chat.id, who: "visitor", name: chat.visitor.name, on: true, text: value });
        } else if (name === "speak") {
          const chat = state.chats.get(value);
          if (chat) speak(chat, 0, "A line for the check");
        } else house.me[name] = JSON.parse(value);
      }
      return answer(res, { chats: [...state.chats.values()].slice(-8).map(({ id, status }) => ({ id, status })) });
    }
    if (url.pathname.startsWith("/f/")) return res.writeHead(200, { "content-type": "image/png" }).end(picture);
    if (url.pathname.startsWith("/panel/")) return (await file(res, previewFiles, url.pathname.slice(7))) || res.writeHead(404).end();
    if (!url.pathname.startsWith("/v1/")) return (await file(res, dist, url.pathname)) || (await file(res, dist, "index.html")) || res.writeHead(404).end();
    if (refusing) return refuse(res, new Refusal(503, "unavailable", "the database is away"));
    if (house.me.full && req.method !== "GET" && !/poll$|session$|status$/.test(url.pathname)) return refuse(res, new Refusal(503, "storage-full", "the server has no room left; nothing was stored, try again later"));
    const raw = await bodyOf(req);
    if (!house.me.signedIn && !url.pathname.startsWith("/v1/session")) throw new Refusal(401, "unauthenticated", "sign in first");
    if (/[/-]uploads$/.test(url.pathname)) {
      const name = /filename="([^"]*)"/.exec(raw.toString("latin1", 0, 500))?.[1] ?? "file";
      const type = /Content-Type: (\S+)/i.exec(raw.toString("latin1", 0, 500))?.[1] ?? "application/octet-stream";
      const made = { id: randomUUID(), name: Buffer.from(name, "latin1").toString("utf8"), type, size: raw.length, url: `/f/${randomUUID()}/sig/${encodeURIComponent(name)}` };
      uploads.set(made.id, made);
      return setTimeout(() => answer(res, made), 400);
    }
    const body = raw.length ? JSON.parse(raw.toString("utf8")) : {};
    if (url.pathname === "/v1/realtime/poll") return poll(body, act, (value) => answer(res, value));
    const found = match(req.method, url.pathname);
    if (!found) throw new Refusal(404, "missing", `${req.method} ${url.pathname} not found`);
    const value = found.run({ ...found.params, body, query: url.searchParams });
    if (req.method === "POST" && /\/messages$/.test(url.pathname)) setTimeout(() => react(found.params.id), 900);
    answer(res, value);
  } catch (error) {
    refuse(res, error);
  }
});
const link = serveSockets(server, { allowed: () => house.me.signedIn, act });
server.listen(port, "127.0.0.1", () => console.log(`mock on http://127.0.0.1:${server.address().port}`));
