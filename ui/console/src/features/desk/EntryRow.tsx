import { CheckOutlined, ClockCircleOutlined, ExclamationCircleFilled } from "@ant-design/icons";
import type { Entry, Marks } from "@switchboard/api";
import { Button, Rate } from "antd";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { clock, moment } from "@/app/time";
import { Attachment } from "./Attachment";
import { Linked } from "./Linked";
import { fateOf, type Unsent } from "./thread";
import css from "./thread.module.css";
import { discard, retry } from "./threads";

interface EntryRowProps {
  entry: Entry;
  /** Said in one breath with the entry before. */
  joined: boolean;
  marks: Marks | null;
  isLast?: boolean;
  visitorName: string | null;
  words?: string;
}

export const EntryRow = memo(function EntryRow({ entry, joined, marks, isLast, visitorName, words }: EntryRowProps) {
  const { t } = useTranslation();
  if (entry.kind !== "message") return <EventRow entry={entry} visitorName={visitorName} />;
  const ours = entry.from.kind === "agent";
  const name = entry.from.name || (ours ? "" : visitorName || t("desk.visitor"));
  const fate = ours && marks ? fateOf(entry.seq, marks) : null;
  return (
    <li className={css.entry} data-ours={ours || undefined} data-joined={joined || undefined} id={`entry-${entry.seq}`}>
      {joined ? <span className="sb-only-heard">{name}</span> : <span className={css.name}>{name}</span>}
      <div className={css.bubble}>
        {entry.upload ? <Attachment upload={entry.upload} /> : null}
        {entry.text ? <p dir="auto"><Linked text={entry.text} {...(words ? { words } : {})} /></p> : null}
        <span className={css.meta} title={moment(entry.at)}>
          <time className="sb-num">{clock(entry.at)}</time>
          {fate ? (
            <span data-fate={fate} className={css.fate}>
              <CheckOutlined aria-hidden="true" />
              {fate === "sent" ? null : <CheckOutlined aria-hidden="true" />}
              {isLast ? t(`desk.fate.${fate}`) : <span className="sb-only-heard">{t(`desk.fate.${fate}`)}</span>}
            </span>
          ) : null}
        </span>
      </div>
    </li>
  );
});

/** What happened, between what was said. */
function EventRow({ entry, visitorName }: { entry: Entry; visitorName: string | null }) {
  const { t } = useTranslation();
  const data = (entry.data ?? {}) as { by?: unknown; agent?: { name?: string }; to?: string | { name?: string }; grade?: number; comment?: string | null };
  const byVisitor = entry.kind === "rated" || entry.from.kind === "visitor";
  const name = entry.from.name || data.agent?.name || (byVisitor ? visitorName || t("desk.visitor") : t("desk.agent"));
  const to = typeof data.to === "object" ? (data.to?.name ?? "") : (data.to ?? "");
  const by = (["visitor", "agent", "idle", "left"] as const).find((one) => one === data.by) ?? (entry.from.kind === "visitor" ? "visitor" : "agent");
  const text = {
    joined: () => t("desk.event.joined", { name }),
    left: () => t("desk.event.left", { name }),
    transferred: () => (to ? t("desk.event.transferred", { name, to }) : t("desk.event.transferredAway", { name })),
    ended: () => t(`desk.event.ended.${by}`, { name }),
    rated: () => t("desk.event.rated", { name, grade: data.grade ?? 0 }),
    system: () => entry.text ?? "",
    message: () => "",
  }[entry.kind]();
  return (
    <li className={css.event} id={`entry-${entry.seq}`}>
      <span>
        {text} <time className="sb-num" title={moment(entry.at)}>{clock(entry.at)}</time>
      </span>
      {entry.kind === "rated" && data.grade ? <Rate disabled value={data.grade} aria-label={text} /> : null}
      {data.comment ? <q>{data.comment}</q> : null}
    </li>
  );
}

/** A message of ours on its way, or stuck: says why, offers to send it again or let it go. */
export function UnsentRow({ chat, message }: { chat: string; message: Unsent }) {
  const { t } = useTranslation();
  const stuck = message.state === "failed";
  return (
    <li className={css.entry} data-ours="true" data-unsent={message.state}>
      <div className={css.bubble}>
        {message.upload ? <Attachment upload={message.upload} /> : null}
        {message.text ? <p dir="auto">{message.text}</p> : null}
        <span className={css.meta}>
          {stuck ? <ExclamationCircleFilled aria-hidden="true" /> : <ClockCircleOutlined aria-hidden="true" />}
          {t(`desk.unsent.${message.state}`)}
        </span>
      </div>
      {stuck ? (
        <div className={css.stuck} role="alert">
          <span>{message.reason}</span>
          <Button size="small" onClick={() => retry(chat, message.client_id)}>{t("act.retry")}</Button>
          <Button size="small" type="text" onClick={() => discard(chat, message.client_id)}>{t("desk.discard")}</Button>
        </div>
      ) : null}
    </li>
  );
}
