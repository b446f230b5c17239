/** Chats and visitors of the mock: who they are, what they say, what happens by itself. */
import { randomUUID } from "node:crypto";
import { house } from "./people.mjs";

const NAMES = ["王雨桐", "Emma Clarke", "李浩然", "Noah Berg", "赵敏", "Sofia Rossi", "刘子轩", "Aisha Khan", "周文静", "Lucas Meyer", "孙悦", "Camille Roy", "吴昊", "Hannah Schmidt", null, "Mateo García", null, "김서연", "佐藤健", "Olivia Brown"];
const PLACES = [["CN", "上海"], ["GB", "London"], ["CN", "杭州"], ["NO", "Bergen"], ["CN", "深圳"], ["IT", "Milano"], ["US", "Austin"], ["DE", "Berlin"], ["FR", "Lyon"], ["ES", "Valencia"], ["KR", "Seoul"], ["JP", "Osaka"]];
const BROWSERS = [["Chrome 142", "Windows 11"], ["Safari 19", "iOS 19"], ["Edge 142", "Windows 11"], ["Firefox 145", "macOS 15"], ["Chrome 142", "Android 16"]];
const PAGES = [["/", "海港户外 — 首页"], ["/tents/ridge-2", "Ridge 2 两人帐篷"], ["/jackets/storm", "Storm 冲锋衣"], ["/boots/fjell", "Fjell hiking boots"], ["/cart", "购物车"], ["/shipping", "配送与退换"], ["/checkout", "结算"]];
const ASKS = ["你好，Ridge 2 帐篷还有现货吗？", "Hi! Do you ship to Norway, and how long does it take?", "我的订单 20461 一直没发货，能帮我看看吗", "Which size should I take? I am 182 cm, 78 kg.", "可以开增值税专用发票吗？", "The zip on my jacket broke after two weeks 😕", "优惠券怎么用不了？"];
const MORE = ["好的，谢谢", "大概要多久呢？", "Could you send me the link?", "https://shop.harbour.example/tents/ridge-2 是这个吗？", "明白了", "Perfect, thank you!", "还有一个问题：可以到店自提吗？", "I will order it right away."];
const REPLIES = ["您好，我是林晓，马上为您查询。", "Yes, we do! It usually takes three to five working days.", "有现货的，今天 17:00 前下单当天发出。", "已经帮您催促仓库了，明天上午会发出。", "You are welcome. Anything else?"];

const pick = (list, at) => list[((at % list.length) + list.length) % list.length];
const any = (list) => list[Math.floor(Math.random() * list.length)];
const iso = (ms) => new Date(ms).toISOString();
const origin = "https://shop.harbour.example";
const page = (at) => ({ url: origin + pick(PAGES, at)[0], title: pick(PAGES, at)[1] });

let number = 1000;
let message = 7_000_000_000_000_000n;
export const nextMessageId = () => String(++message);

export const state = { chats: new Map(), entries: new Map(), visitors: new Map(), me: { status: "online", chat_limit: 6, accepts_chats: true } };

export function newVisitor(at) {
  const [country, city] = pick(PLACES, at * 5 + 1);
  const [browser, os] = pick(BROWSERS, at * 3);
  const since = Date.now() - ((at * 97) % 1900) * 1000;
  const visitor = {
    id: randomUUID(), name: pick(NAMES, at), status: "browsing", page: page(at * 3), landing: page(at), referrer: at % 3 ? null : pick(["https://www.google.com/", "https://www.xiaohongshu.com/explore/66a1", "https://www.baidu.com/s?wd=%E5%B8%90%E7%AF%B7"], at),
    country, city, browser, os, device: /iOS|Android/.test(os) ? "phone" : "desktop", language: country === "CN" ? "zh-CN" : "en", time_zone: "Asia/Shanghai", visits: 1 + ((at * 7) % 9), pages: 1 + (at % 6), since: iso(since), seen: iso(Date.now()), chat: null, variables: at % 4 === 0 ? { cart_value: "¥1,280", member: "gold" } : {},
  };
  state.visitors.set(visitor.id, visitor);
  return visitor;
}

export function newChat(visitor, status, minutes, agent = null) {
  const requested = Date.now() - minutes * 60_000;
  const chat = {
    id: randomUUID(), number: ++number, status,
    visitor: { id: visitor.id, name: visitor.name, email: visitor.name ? `${/^[a-z]/i.test(visitor.name) ? visitor.name.toLowerCase().replace(/[^a-z]+/g, ".") : `guest${number}`}@mail.example` : null, country: visitor.country, city: visitor.city, browser: visitor.browser, os: visitor.os, page: visitor.page, referrer: visitor.referrer, visits: visitor.visits, language: visitor.language, online: status !== "ended" },
    department: (({ id, name }) => ({ id, name }))(pick(house.departments, number)),
    agent, source: "button", requested_at: iso(requested), started_at: status === "waiting" ? null : iso(requested + 20_000), ended_at: null, ended_by: null, last: null, seq: 0, unread: 0,
    marks: { visitor: { delivered: 0, read: 0 }, agent: { delivered: 0, read: 0 } }, rating: null, form: { name: visitor.name ?? "", phone: number % 2 ? "+86 138 0013 8000" : "", message: pick(ASKS, number) }, custom_fields: number % 2 ? [{ id: 4, name: "Order", value: `A-${number}` }] : [], waiting_s: status === "waiting" ? minutes * 60 : 20,
  };
  state.chats.set(chat.id, chat);
  state.entries.set(chat.id, []);
  if (status !== "ended") Object.assign(visitor, { status, chat: chat.id });
  return chat;
}

export function addEntry(chat, from, fields, at = Date.now()) {
  const entry = { seq: chat.seq + 1, id: nextMessageId(), kind: "message", from, text: null, upload: null, client_id: null, at: iso(at), ...fields };
  state.entries.get(chat.id).push(entry);
  chat.seq = entry.seq;
  if (entry.kind === "message") {
    chat.last = { text: entry.text ?? entry.upload?.name ?? "", from: from.kind, at: entry.at };
    if (from.kind === "visitor") chat.unread += 1;
  }
  return entry;
}

export const visitorOf = (chat) => ({ kind: "visitor", id: chat.visitor.id, name: chat.visitor.name ?? "" });
export const agentOf = (user) => ({ kind: "agent", id: user.id, name: user.name });
export const nextLine = () => any(MORE);

function talk(chat, user, lines, start, step) {
  let at = start;
  addEntry(chat, visitorOf(chat), { text: pick(ASKS, chat.number) }, at);
  addEntry(chat, agentOf(user), { kind: "joined" }, (at += step));
  for (let line = 0; line < lines; line += 1) {
    const mine = line % 3 !== 2;
    addEntry(chat, mine === (line % 2 === 0) ? agentOf(user) : visitorOf(chat), { text: mine === (line % 2 === 0) ? pick(REPLIES, chat.number + line) : pick(MORE, chat.number + line) }, (at += step));
  }
  return at;
}

/** Some weeks of chats, some open ones, a queue, and a site full of people. */
export function furnish() {
  const me = house.users[0];
  for (let at = 0; at < 64; at += 1) newVisitor(at);
  const visitors = [...state.visitors.values()];
  for (let at = 0; at < 70; at += 1) {
    const user = pick(house.users.slice(0, 5), at);
    const ghost = { ...pick(visitors, at * 3), id: randomUUID() };
    const minutes = at < 7 ? 25 + at * 21 : 300 + at * 310;
    const chat = newChat(ghost, "ended", minutes, at % 9 === 8 ? null : agentOf(at < 5 ? me : user));
    ghost.status = "browsing";
    const end = chat.agent ? talk(chat, at < 5 ? me : user, 4 + (at % 5), Date.parse(chat.requested_at), 41_000) : Date.parse(chat.requested_at) + 90_000;
    if (!chat.agent) addEntry(chat, visitorOf(chat), { text: pick(ASKS, at) }, end - 60_000);
    const by = pick(["visitor", "agent", "visitor", "idle", "left"], at);
    addEntry(chat, by === "agent" ? agentOf(user) : visitorOf(chat), { kind: "ended", data: { by } }, end + 30_000);
    Object.assign(chat, { unread: 0, ended_at: iso(end + 30_000), ended_by: by });
    if (at % 3 === 0 && chat.agent) {
      chat.rating = { grade: pick([5, 4, 5, 2, 5], at), comment: at % 2 ? null : "回复很快，很耐心" };
      addEntry(chat, visitorOf(chat), { kind: "rated", data: chat.rating }, end + 50_000);
    }
  }
  for (let at = 0; at < 4; at += 1) {
    const chat = newChat(visitors[at], "chatting", 9 - at * 2, agentOf(me));
    chat.agent = { id: me.id, name: me.name };
    talk(chat, me, at === 1 ? 7 : 3 + at, Date.parse(chat.requested_at), 14_000);
    chat.unread = at === 2 ? 2 : 0;
    chat.marks = { visitor: { delivered: chat.seq, read: at === 1 ? chat.seq : chat.seq - 3 }, agent: { delivered: chat.seq, read: chat.seq } };
  }
  const picture = [...state.chats.values()].find((chat) => chat.status === "chatting" && chat.visitor.id === visitors[1].id);
  addEntry(picture, visitorOf(picture), { upload: { id: randomUUID(), name: "ridge-2.svg.png", type: "image/png", size: 48_120, url: "/f/demo/picture/ridge.png", width: 640, height: 400 } }, Date.now() - 50_000);
  addEntry(picture, visitorOf(picture), { upload: { id: randomUUID(), name: "invoice-20461.pdf", type: "application/pdf", size: 182_400, url: "/f/demo/file/invoice.pdf" } }, Date.now() - 40_000);
  addEntry(picture, agentOf(me), { text: "谢谢，我看到了。这款的拉链有两年质保，我直接给您换一条新的，运费由我们承担。\n\nNo need to send the old one back." }, Date.now() - 20_000);
  picture.unread = 0;
  for (let at = 0; at < 3; at += 1) {
    const chat = newChat(visitors[10 + at], "waiting", [4, 1.4, 0.3][at]);
    addEntry(chat, visitorOf(chat), { text: pick(ASKS, at + 4) }, Date.parse(chat.requested_at));
  }
}
