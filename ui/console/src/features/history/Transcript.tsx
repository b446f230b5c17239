import { ArrowLeftOutlined, LinkOutlined } from "@ant-design/icons";
import { Avatar, Chip, Facts, Failure, Rows } from "@switchboard/kit";
import { App, Button, Rate } from "antd";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { explain } from "@/app/errors";
import { visitorName } from "@/app/people";
import { placeOf } from "@/app/places";
import { usePhone } from "@/app/prefs";
import { dayKey, longDay, moment, timer } from "@/app/time";
import { besides } from "@/features/desk/answers";
import { EntryRow } from "@/features/desk/EntryRow";
import { useChat } from "@/features/desk/queries";
import { useMyId } from "@/features/desk/queries";
import { useAnswers } from "@/features/desk/useAnswers";
import thread from "@/features/desk/thread.module.css";
import css from "./history.module.css";
import { useTranscript } from "./queries";

export function Transcript({ id, words, onBack }: { id: string; words: string; onBack?: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const me = useMyId();
  const phone = usePhone();
  const { card, error, refetch } = useChat(id);
  const answers = useAnswers(card && besides(card));
  const transcript = useTranscript(id);
  const box = useRef<HTMLDivElement>(null);
  const entries = transcript.data ?? [];

  // The first hit comes into view by itself.
  const count = entries.length;
  useEffect(() => {
    if (words && count > 0) box.current?.querySelector("mark")?.scrollIntoView({ block: "center" });
  }, [words, count]);

  if (error) return <Failure title={t("desk.notFound")} detail={explain(error)} retryLabel={t("act.retry")} onRetry={() => void refetch()} />;
  if (!card) return <Rows tall label={t("app.loading")} />;
  const name = visitorName(card.visitor);
  const lasted = card.started_at && card.ended_at ? timer((Date.parse(card.ended_at) - Date.parse(card.started_at)) / 1000) : null;
  const copy = () => navigator.clipboard.writeText(location.href).then(() => void message.success(t("history.copied")), () => {});
  return (
    <>
      <header className={thread.head}>
        {onBack ? <Button type="text" icon={<ArrowLeftOutlined aria-hidden="true" />} aria-label={t("act.back")} onClick={onBack} /> : null}
        <Avatar id={card.visitor.id} name={name} size={34} />
        <div className={thread.who}>
          <h2 className="sb-cut">{name}</h2>
          <p className="sb-cut sb-quiet">{[`#${card.number}`, placeOf(card.visitor.country, card.visitor.city), card.visitor.email].filter(Boolean).join(" · ")}</p>
        </div>
        {phone && card.status === "chatting" ? null : <Chip tone={card.status === "ended" ? "quiet" : card.status === "offline" ? "warn" : "brand"}>{t(`chat.status.${card.status}`)}</Chip>}
        {card.status === "chatting" && card.agent?.id === me ? <Link to={`/desk/${card.id}`}>{t("history.openDesk")}</Link> : null}
        <Button type="text" icon={<LinkOutlined aria-hidden="true" />} aria-label={t("history.copyLink")} title={t("history.copyLink")} onClick={() => void copy()} />
      </header>
      <div className={thread.scroll} ref={box} tabIndex={0} role="region" aria-label={t("desk.messages")}>
        <div className={css.flow}>
          <div className={css.summary}>
            <Facts
              items={[
                [t("history.requested"), moment(card.requested_at)],
                [t("history.agent"), card.agent?.name ?? "–"],
                [t("history.department"), card.department?.name ?? "–"],
                [t("history.lasted"), lasted ?? "–"],
                ...answers,
                ...(card.ended_by ? [[t("history.endedBy"), t(`history.by.${card.ended_by}`)] as [string, string]] : []),
              ]}
            />
            {card.rating ? <div><Rate disabled value={card.rating.grade} aria-label={t("history.rating", { grade: card.rating.grade })} />{card.rating.comment ? <q>{card.rating.comment}</q> : null}</div> : null}
          </div>
          {transcript.isLoading ? <Rows tall label={t("app.loading")} /> : null}
          {transcript.isError ? <Failure compact title={t("desk.threadFailed")} detail={explain(transcript.error)} retryLabel={t("act.retry")} onRetry={() => void transcript.refetch()} /> : null}
          <ol className={css.entries}>
            {entries.map((entry, at) => {
              const before = entries[at - 1];
              const newDay = !before || dayKey(before.at) !== dayKey(entry.at);
              return [
                newDay ? <li key={`day-${entry.seq}`} className={thread.day}><span>{longDay(entry.at)}</span></li> : null,
                <EntryRow key={entry.seq} entry={entry} joined={false} marks={null} visitorName={name} words={words} />,
              ];
            })}
          </ol>
        </div>
      </div>
    </>
  );
}
