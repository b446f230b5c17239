import type { ChatView } from "@switchboard/api";
import { Avatar } from "@switchboard/kit";
import { Button } from "antd";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { visitorName } from "@/app/people";
import { brief, timer, useNow } from "@/app/time";
import { useDrafts } from "./drafts";
import css from "./list.module.css";
import { patience, waitingSince } from "./model";
import { useThreads } from "./threads";

interface ChatRowProps {
  card: ChatView;
  place: number | null;
  chosen: boolean;
  onAccept: (chat: string) => void;
  accepting: boolean;
}

export const ChatRow = memo(function ChatRow({ card, place, chosen, onAccept, accepting }: ChatRowProps) {
  const { t } = useTranslation();
  const name = visitorName(card.visitor);
  const typing = useThreads(({ byChat }) => byChat[card.id]?.typing != null);
  const draft = useDrafts(({ byChat }) => byChat[card.id]);
  return (
    <li className={css.row} data-chosen={chosen || undefined} data-unread={card.unread > 0 || undefined} data-over={card.status === "ended" || undefined}>
      <Link to={`/desk/${card.id}`} aria-current={chosen ? "true" : undefined}>
        <Avatar id={card.visitor.id} name={name} size={36} dot={card.status === "ended" ? null : card.visitor.online ? "online" : "offline"} />
        <span className={css.text}>
          <span className={css.line}>
            <strong className="sb-cut">{name}</strong>
            {card.status === "ended" ? <time className="sb-num">{brief(card.ended_at ?? card.requested_at)}</time> : <WaitTimer card={card} />}
          </span>
          <span className={css.line}>
            {typing ? (
              <span className={css.typing}><Dots />{t("desk.typing")}</span>
            ) : draft && !chosen ? (
              <span className="sb-cut"><em className={css.draft}>{t("desk.draft")}</em> {draft}</span>
            ) : (
              <span className="sb-cut sb-quiet">{card.last ? `${card.last.from === "agent" ? t("desk.you") : ""}${card.last.text}` : (card.department?.name ?? t("desk.noMessage"))}</span>
            )}
            {card.unread > 0 ? <b className={css.unread} aria-label={t("desk.unread", { count: card.unread })}>{card.unread}</b> : place && !chosen ? <kbd className={css.place} aria-hidden="true">{place}</kbd> : null}
          </span>
        </span>
      </Link>
      {card.status === "waiting" ? (
        <Button className={css.accept} size="small" type="primary" loading={accepting} onClick={() => onAccept(card.id)} aria-label={t("desk.acceptOf", { name })}>
          {t("desk.accept")}
        </Button>
      ) : null}
    </li>
  );
});

/** Runs while the visitor waits for us; its colour and its minutes say how long. */
export function WaitTimer({ card }: { card: ChatView }) {
  const { t } = useTranslation();
  const now = useNow();
  const since = waitingSince(card);
  if (!since) return <time className={css.calm}>{card.last ? brief(card.last.at, now) : null}</time>;
  const seconds = Math.max(0, (now - Date.parse(since)) / 1000);
  const queued = card.status === "waiting";
  return (
    <time className={`sb-num ${css.timer}`} data-patience={patience(seconds, queued)} title={t(queued ? "desk.waitsInQueue" : "desk.waitsForAnswer")}>
      {timer(seconds)}
    </time>
  );
}

export function Dots() {
  return (
    <span className={css.dots} aria-hidden="true">
      <i />
      <i />
      <i />
    </span>
  );
}
