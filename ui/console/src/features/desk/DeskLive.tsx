import type { ChatView } from "@switchboard/api";
import { sayTitle } from "@switchboard/kit";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { queries } from "@/app/cache";
import { visitorName } from "@/app/people";
import { hear, theLink, useLive } from "@/live/live";
import { applyEntry, applyEvent, find, markRead } from "./model";
import { attentive, play, tell, wakeSound } from "./notify";
import { readMarks } from "./readMarks";
import { deskKey, deskNow, editDesk, useDesk, useMyId } from "./queries";
import { loadThread, resendWaiting, sweepTyping, takeEntry, takeMarks, takeTyping, threadOf } from "./threads";

let reading: string | null = null;

/** The thread on screen says which chat is being read. */
export function nowReading(chat: string | null): void {
  reading = chat;
}

/** What concerns all agents, and what concerns me alone: both change the desk. */
const isDesk = (topic: string) => topic === "desk" || topic.startsWith("agent:");

const isRead = (chat: string) => reading === chat && attentive();

const tellRead = (chat: string, seq: number) => void theLink()?.send({ op: "read", chat, seq });

/** Tells the server, and the list, that a chat is read up to `seq`. */
export function read(chat: string, seq: number): void {
  editDesk((desk) => markRead(desk, chat));
  tellRead(chat, readMarks.note(chat, seq));
}

/** Keeps the desk current on every page of the console, and calls the agent when somebody needs one. */
export function DeskLive() {
  const me = useMyId();
  const navigate = useNavigate();
  const { t } = useTranslation();
  const { data: desk } = useDesk();
  const state = useLive((live) => live.state);
  const opened = useLive((live) => live.opened);

  // The desk's log is followed from its snapshot on, each of my chats from its last known entry on.
  const cursors = desk?.cursors ?? (desk ? { desk: desk.cursor } : null);
  const places = JSON.stringify(cursors);
  useEffect(() => {
    if (!opened) return;
    for (const [topic, cursor] of Object.entries((JSON.parse(places) ?? {}) as Record<string, string>)) theLink()?.follow(topic, cursor);
  }, [places, opened]);

  const mine = desk?.chats.map((card) => card.id).join() ?? "";
  useEffect(() => {
    const link = theLink();
    for (const id of mine ? mine.split(",") : []) {
      const now = deskNow();
      const card = now && find(now, id);
      if (card && link?.cursors.get(`chat:${id}`) === undefined) link?.follow(`chat:${id}`, String(card.seq));
    }
  }, [mine, opened]);

  useEffect(() => {
    if (state === "live" || state === "polling") void resendWaiting();
  }, [state]);

  const full = desk?.storage_full;
  useEffect(() => {
    if (full === false) void resendWaiting();
  }, [full]);

  // A mark may have been lost with the line that carried it, or found no line at all.
  const connected = state !== "connecting" && state !== "offline";
  useEffect(() => {
    if (connected && opened) readMarks.tellAgain(mine ? mine.split(",") : [], tellRead);
  }, [connected, opened, mine]);

  useEffect(() => {
    const open = (chat: string) => void navigate(`/desk/${chat}`);
    const announce = (card: ChatView, waiting: boolean) => {
      play("chat");
      tell(t(waiting ? "desk.note.queue" : "desk.note.chat"), visitorName(card.visitor), card.id, () => open(card.id));
    };
    const offs = [
      hear("event", (frame) => {
        if (!isDesk(frame.topic)) return;
        const before = deskNow();
        editDesk((now) => applyEvent(now, frame.kind, frame.data, me));
        const after = deskNow();
        if (!before || !after) return;
        const fresh = after.chats.find((card) => !before.chats.some((old) => old.id === card.id));
        const queued = after.queue.find((card) => !find(before, card.id));
        if (fresh) announce(fresh, false);
        else if (queued) announce(queued, true);
        if (frame.kind === "notice") void queries.invalidateQueries({ queryKey: ["event-notices"] });
        if (frame.kind === "chat_closed") {
          void queries.invalidateQueries({ queryKey: ["chats"] });
          void queries.invalidateQueries({ queryKey: ["chat"] });
        }
      }),
      hear("entry", (frame) => {
        const chat = frame.topic.slice(5);
        const before = deskNow();
        const card = before && find(before, chat);
        const known = !takeEntry(chat, frame.entry) || (card !== undefined && frame.entry.seq <= card.seq);
        if (threadOf(chat).loaded) theLink()?.cursors.set(frame.topic, String(threadOf(chat).last));
        else theLink()?.cursors.advance(frame.topic, frame.n);
        if (known) return;
        editDesk((now) => applyEntry(now, chat, frame.entry, isRead(chat)));
        if (frame.entry.from.kind !== "visitor" || frame.entry.kind !== "message") return;
        theLink()?.send({ op: "delivered", chat, seq: frame.entry.seq });
        if (isRead(chat)) return;
        play("message");
        tell(frame.entry.from.name || t("desk.visitor"), frame.entry.text ?? frame.entry.upload?.name ?? "", chat, () => open(chat));
      }),
      hear("typing", (frame) => frame.who === "visitor" && takeTyping(frame.chat, frame.name, frame.on, frame.text ?? null)),
      hear("marks", (frame) => takeMarks(frame.chat, frame)),
      hear("reload", (frame) => {
        if (isDesk(frame.topic)) void queries.invalidateQueries({ queryKey: deskKey });
        else if (frame.topic.startsWith("chat:")) {
          const chat = frame.topic.slice(5);
          if (threadOf(chat).loaded) void loadThread(chat, threadOf(chat).last).catch(() => {});
        }
      }),
    ];
    const sweep = setInterval(sweepTyping, 2_000);
    addEventListener("pointerdown", wakeSound);
    addEventListener("keydown", wakeSound);
    return () => {
      for (const off of offs) off();
      clearInterval(sweep);
      removeEventListener("pointerdown", wakeSound);
      removeEventListener("keydown", wakeSound);
    };
  }, [me, navigate, t]);

  const unread = desk?.chats.reduce((sum, card) => sum + card.unread, 0) ?? 0;
  const queued = desk?.queue.length ?? 0;
  useEffect(() => {
    sayTitle({ count: unread + queued });
    return () => sayTitle({ count: 0 });
  }, [unread, queued]);

  return null;
}
