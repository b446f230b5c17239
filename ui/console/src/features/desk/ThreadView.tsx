import { ArrowDownOutlined } from "@ant-design/icons";
import type { ChatView } from "@switchboard/api";
import { Failure, Rows } from "@switchboard/kit";
import { Button } from "antd";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { explain } from "@/app/errors";
import { visitorName } from "@/app/people";
import { dayKey, longDay } from "@/app/time";
import { ChatHead } from "./ChatHead";
import { Composer } from "./Composer";
import { Dots } from "./ChatRow";
import { nowReading, read } from "./DeskLive";
import { EntryRow, UnsentRow } from "./EntryRow";
import { attentive } from "./notify";
import { useMyId } from "./queries";
import { emptyThread } from "./thread";
import css from "./thread.module.css";
import { loadOlder, loadThread, useThreads } from "./threads";

interface ThreadViewProps {
  card: ChatView;
  composer: RefObject<HTMLTextAreaElement | null>;
  accepting: boolean;
  onAccept: () => void;
  onEnd: () => void;
  onTransfer: () => void;
  panelOpen: boolean;
  onPanel: () => void;
  onBack?: () => void;
}

export function ThreadView({ card, composer, accepting, ...head }: ThreadViewProps) {
  const { t } = useTranslation();
  const me = useMyId();
  const thread = useThreads(({ byChat }) => byChat[card.id]) ?? emptyThread;
  const [failure, setFailure] = useState<unknown>(null);
  const scroll = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const follows = useRef(true);
  const { id, seq } = card;
  const mine = card.status === "chatting" && card.agent?.id === me;

  const load = useCallback(() => {
    setFailure(null);
    loadThread(id, seq).catch(setFailure);
    // The number at the moment of opening is enough; later entries come by themselves.
  }, [id]);
  useEffect(load, [load]);

  // A message that arrives in sight is read; one that arrives while nobody looks waits for the look.
  useEffect(() => {
    nowReading(id);
    return () => nowReading(null);
  }, [id]);
  const last = thread.last;
  useEffect(() => {
    const look = () => mine && atEnd && last > 0 && attentive() && read(id, last);
    look();
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    return () => {
      removeEventListener("focus", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, [id, last, atEnd, mine]);

  const down = useCallback(() => {
    const box = scroll.current;
    if (box) box.scrollTop = box.scrollHeight;
  }, []);
  useLayoutEffect(() => {
    if (follows.current) down();
  }, [down, thread.entries, thread.unsent, thread.typing, thread.loaded]);
  useEffect(() => {
    const box = scroll.current;
    if (!box) return;
    const watch = new ResizeObserver(() => follows.current && down());
    watch.observe(box);
    for (const child of box.children) watch.observe(child);
    return () => watch.disconnect();
  }, [down]);

  const older = async () => {
    const box = scroll.current;
    const fromEnd = box ? box.scrollHeight - box.scrollTop : 0;
    await loadOlder(id).catch(setFailure);
    requestAnimationFrame(() => box && (box.scrollTop = box.scrollHeight - fromEnd));
  };

  return (
    <>
      <ChatHead card={card} {...head} />
      <div
        className={css.scroll}
        ref={scroll}
        tabIndex={0}
        role="log"
        aria-label={t("desk.messages")}
        onScroll={({ currentTarget: box }) => {
          follows.current = box.scrollHeight - box.scrollTop - box.clientHeight < 48;
          setAtEnd(follows.current);
        }}
      >
        <div className={css.flow}>
          {failure ? <Failure compact title={t("desk.threadFailed")} detail={explain(failure)} retryLabel={t("act.retry")} onRetry={load} /> : null}
          {!thread.loaded && !failure ? <Rows tall count={4} label={t("app.loading")} /> : null}
          {thread.loaded && !thread.complete ? <Button size="small" className={css.older ?? ""} onClick={() => void older()}>{t("desk.older")}</Button> : null}
          <ol>
            {thread.entries.map((entry, at) => {
              const before = thread.entries[at - 1];
              const newDay = !before || dayKey(before.at) !== dayKey(entry.at);
              return [
                newDay ? <li key={`day-${entry.seq}`} className={css.day}><span>{longDay(entry.at)}</span></li> : null,
                <EntryRow key={entry.seq} entry={entry} joined={!newDay && before !== undefined && sameVoice(before, entry)} marks={thread.marks ?? card.marks} isLast={at === thread.entries.length - 1} visitorName={visitorName(card.visitor)} />,
              ];
            })}
            {thread.unsent.map((message) => <UnsentRow key={message.client_id} chat={id} message={message} />)}
          </ol>
          {thread.loaded && thread.entries.length === 0 && thread.unsent.length === 0 ? <p className={css.event}>{t("desk.noMessage")}</p> : null}
          {thread.typing && card.status !== "ended" ? (
            <p className={css.preview}>
              <Dots />
              <span>{thread.typing.text || t("desk.typing")}</span>
              <span className="sb-only-heard">{t("desk.typing")}</span>
            </p>
          ) : null}
        </div>
      </div>
      {atEnd ? null : (
        <Button className={css.toEnd ?? ""} shape="round" icon={<ArrowDownOutlined aria-hidden="true" />} onClick={() => ((follows.current = true), down())}>
          {t("desk.toEnd")}
        </Button>
      )}
      {mine ? (
        <Composer chat={id} field={composer} />
      ) : (
        <footer className={css.closed}>
          <span>{card.status === "waiting" ? t("desk.closed.waiting") : card.status === "ended" ? t("desk.closed.ended") : card.status === "offline" ? t("desk.closed.offline") : t("desk.closed.other", { name: card.agent?.name ?? "" })}</span>
          {card.status === "waiting" ? <Button type="primary" loading={accepting} onClick={head.onAccept}>{t("desk.accept")}</Button> : null}
        </footer>
      )}
    </>
  );
}

function sameVoice(a: { kind: string; from: { kind: string; id?: unknown }; at: string }, b: typeof a): boolean {
  return a.kind === "message" && b.kind === "message" && a.from.kind === b.from.kind && a.from.id === b.from.id && Date.parse(b.at) - Date.parse(a.at) < 180_000;
}
