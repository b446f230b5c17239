// A stand-in for the server: speaks the widget's contract from memory, with an agent who echoes. Development only.
//   node mock/server.mjs [port]      ?offline in /mock/set turns the agents away, see `set` below
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, watch } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { Chat } from './chat.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const roots = { demo: join(here, '../../demo'), dist: join(here, '../dist') };
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.json': 'application/json', '.svg': 'image/svg+xml', '.png': 'image/png' };
const STRICT = "default-src 'none'; script-src ORIGIN; connect-src ORIGIN WSORIGIN; img-src ORIGIN 'self' blob:; style-src 'self'; base-uri 'none'; form-action 'none'";

const problem = (status, slug, field) => ({ status, body: { type: 'https://switchboard.example/problems/' + slug, title: slug, status, ...(field && { field }) } });

export function startMock({ port = 0, config = {}, online = true, speed = 900, departments } = {}) {
  const settings = { config, online, speed, sockets: true, reachable: true, chatsAnswerOffline: false, csp: null, departments: departments ?? [{ id: 1, name: 'Sales', online: true }, { id: 2, name: 'Support', online: true }, { id: 3, name: 'Returns', online: false }] };
  const visitors = new Map();
  const uploads = new Map();
  const log = [];
  const asked = [];

  const visitorOf = (token) => visitors.get(token);
  const bearer = (request) => visitorOf((request.headers.authorization ?? '').replace('Bearer ', ''));
  const visitAnswer = (visitor) => ({
    visitor: { id: visitor.id },
    token: visitor.token,
    widget: { ...settings.config, version: 1 },
    departments: settings.departments,
    online: settings.online,
    chat: visitor.chat?.state ?? null,
    pace_ms: 5000,
    session: visitor.id,
  });

  const routes = {
    'POST /widget/visits'(_, body) {
      let visitor = body.token && visitorOf(body.token);
      if (body.token && !visitor) return problem(401, 'unauthenticated');
      visitor ||= { id: randomUUID(), token: 'sbv_' + randomUUID(), uploads, chat: null };
      visitors.set(visitor.token, visitor);
      return visitAnswer(visitor);
    },
    'POST /widget/pages': (visitor) => visitAnswer(visitor),
    'POST /widget/heartbeat': () => ({ pace_ms: 5000 }),
    'PUT /widget/variables': () => ({}),
    'POST /widget/chats'(visitor, body) {
      if (body.form.email === 'wrong@example.com') return problem(400, 'invalid', 'form.email');
      asked.push(body);
      if (!settings.online || settings.chatsAnswerOffline) return { id: randomUUID(), number: 1, status: 'offline', seq: 0, can_rate: false };
      if (visitor.chat && visitor.chat.status !== 'ended') return visitor.chat.state;
      visitor.chat = new Chat(visitor, body.form, settings.speed);
      if (body.message) visitor.chat.add('message', { kind: 'visitor', id: visitor.id, name: body.form.name ?? null }, body.message);
      void visitor.chat.accept();
      return visitor.chat.state;
    },
    'GET /widget/chat/messages'(visitor, _, url) {
      const after = Number(url.searchParams.get('after_seq') ?? 0);
      return { items: visitor.chat?.entries.filter((e) => e.seq > after) ?? [], next: null };
    },
    'POST /widget/chat/end'(visitor) {
      visitor.chat?.end('visitor');
      return visitor.chat.state;
    },
    'PUT /widget/chat/rating'(visitor, body) {
      visitor.chat.rated = true;
      visitor.chat.rating = body;
      return {};
    },
    'POST /widget/chat/transcript'(visitor, body) {
      visitor.chat.mailed = body.email;
      return {};
    },
    'PUT /widget/chat/read': () => ({}),
    async 'POST /widget/poll'(visitor, body) {
      const frames = body.ops.map((op) => visitor.chat?.op(op)).filter(Boolean);
      const { chat } = visitor;
      const cursor = chat ? Number(body.cursors['chat:' + chat.id] ?? 0) : 0;
      const missing = () => chat?.entries.slice(cursor).map((entry) => ({ t: 'entry', topic: 'chat:' + chat.id, n: String(entry.seq), entry })) ?? [];
      if (chat && !missing().length && body.wait_ms) {
        await new Promise((done) => {
          const line = (frame) => {
            if (frame.t !== 'entry') frames.push(frame);
            chat.lines.delete(line);
            done();
          };
          chat.lines.add(line);
          setTimeout(() => line({ t: 'pong' }), Math.min(body.wait_ms, 4000));
        });
      }
      if (chat) frames.push(...missing(), { t: 'state', chat: chat.id, state: chat.state }, { t: 'marks', chat: chat.id, ...chat.marks });
      return { frames, pace_ms: 400 };
    },
  };

  async function api(request, url, raw) {
    const visitor = bearer(request);
    if (url.pathname !== '/widget/visits' && !visitor) return problem(401, 'unauthenticated');
    if (request.method === 'POST' && /^\/widget\/(chat\/)?uploads$/.test(url.pathname)) return takeUpload(raw, request);
    const route = routes[`${request.method} ${url.pathname}`];
    return route ? route(visitor, raw.length ? JSON.parse(raw) : {}, url) : problem(404, 'missing');
  }

  function takeUpload(raw, request) {
    const boundary = /boundary=(.+)$/.exec(request.headers['content-type'])[1];
    const headEnd = raw.indexOf('\r\n\r\n');
    const head = raw.subarray(0, headEnd).toString();
    const data = raw.subarray(headEnd + 4, raw.lastIndexOf('\r\n--' + boundary));
    const id = randomUUID();
    const name = /filename="([^"]*)"/.exec(head)[1];
    const view = { id, name, type: /Content-Type: (.+)/.exec(head)[1].trim(), size: data.length, url: `/f/${id}/mock/${encodeURIComponent(name)}` };
    uploads.set(id, { ...view, data });
    return view;
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost');
    const cors = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'authorization,content-type', 'Access-Control-Allow-Methods': 'GET,POST,PUT', 'Access-Control-Max-Age': '86400' };
    if (!settings.reachable && url.pathname.startsWith('/widget')) return request.socket.destroy();
    if (request.method === 'OPTIONS') return void response.writeHead(204, cors).end();
    const parts = [];
    for await (const part of request) parts.push(part);
    log.push(`${request.method} ${url.pathname}${url.search}`);
    const reply = (status, type, body, more = {}) => response.writeHead(status, { 'Content-Type': type, ...cors, ...more }).end(body);
    try {
      if (url.pathname.startsWith('/widget/')) {
        const answer = await api(request, url, Buffer.concat(parts));
        const failed = answer.body && answer.status >= 400;
        return reply(failed ? answer.status : 200, failed ? 'application/problem+json' : 'application/json', JSON.stringify(failed ? answer.body : answer));
      }
      if (url.pathname.startsWith('/f/')) {
        const file = uploads.get(url.pathname.split('/')[2]);
        return file ? reply(200, file.type, file.data) : reply(404, 'text/plain', 'missing');
      }
      const [root, path] = url.pathname.startsWith('/demo') ? [roots.demo, url.pathname.slice(5) || '/'] : [roots.dist, url.pathname];
      const file = join(root, normalize(path.endsWith('/') ? path + 'index.html' : path));
      if (url.pathname === '/') return void response.writeHead(302, { Location: '/demo/' }).end();
      if (!existsSync(file)) return reply(404, 'text/plain', 'missing');
      const policy = settings.csp && extname(file) === '.html' ? { 'Content-Security-Policy': settings.csp } : {};
      reply(200, types[extname(file)] ?? 'application/octet-stream', readFileSync(file), policy);
    } catch (error) {
      console.error(error);
      reply(500, 'text/plain', String(error));
    }
  });

  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    log.push('WS ' + request.url);
    if (!settings.sockets || !settings.reachable) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (ws) => {
      let visitor;
      const send = (frame) => ws.send(JSON.stringify(frame));
      ws.on('message', (data) => {
        const op = JSON.parse(String(data));
        log.push('OP ' + String(data).slice(0, 200));
        if (op.op === 'hello') {
          visitor = visitorOf(op.token);
          if (!visitor) return ws.close(4401);
          send({ t: 'welcome', pace_ms: 20000, session: visitor.id, me: { id: visitor.id } });
          const { chat } = visitor;
          if (!chat) return;
          chat.lines.add(send);
          ws.on('close', () => chat.lines.delete(send));
          for (const entry of chat.entries.slice(Number(op.cursors['chat:' + chat.id] ?? 0))) send({ t: 'entry', topic: 'chat:' + chat.id, n: String(entry.seq), entry });
          send({ t: 'state', chat: chat.id, state: chat.state });
          send({ t: 'marks', chat: chat.id, ...chat.marks });
        } else if (op.op === 'ping') send({ t: 'pong' });
        else {
          const answer = visitor?.chat?.op(op);
          if (answer) send(answer);
        }
      });
    });
  });

  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      const origin = `http://127.0.0.1:${server.address().port}`;
      resolve({
        origin,
        settings,
        log,
        asked,
        visitors,
        strictCsp: STRICT.replaceAll('WSORIGIN', origin.replace('http', 'ws')).replaceAll(' ORIGIN', ' ' + origin),
        chat: () => [...visitors.values()].map((v) => v.chat).findLast(Boolean),
        cut: () => sockets.clients.forEach((ws) => ws.terminate()),
        frame: (frame) => sockets.clients.forEach((ws) => ws.send(JSON.stringify(frame))),
        stop: () => (server.closeAllConnections(), server.close()),
      });
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { build } = await import('../build/build.mjs');
  await build();
  const mock = await startMock({ port: Number(process.argv[2] ?? 5180) });
  console.log('demo shop with the widget: ' + mock.origin + '/demo/');
  let soon;
  watch(join(here, '../src'), { recursive: true }, () => {
    clearTimeout(soon);
    soon = setTimeout(() => build().then(() => console.log('rebuilt'), console.error), 200);
  });
}
