import { CheckCircleOutlined } from "@ant-design/icons";
import { Page } from "@switchboard/kit";
import { Button, Select, type TableProps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAsk, useTry } from "@/app/ask";
import { useAsked } from "@/app/asked";
import forms from "@/app/forms.module.css";
import { PagesPanel } from "@/app/PagesPanel";
import { useMay } from "@/app/session";
import { TimeRange } from "@/app/TimeRange";
import { moment } from "@/app/time";
import { DeadLetterCard } from "./DeadLetterCard";
import css from "./events.module.css";
import { LettersDialog } from "./LettersDialog";
import { useDeadLetters, useDropLetter, useQueueNames, useReplayLetter, useTypes, type Verb } from "./queries";
import type { DeadLetterRow, LetterFilter } from "./types";

const NAMES = ["queue", "type", "from", "to"] as const;

/** Events that were given up: read, sent round again, or dropped, one by one or many. */
export default function DeadLettersPage() {
  const { t } = useTranslation();
  const ask = useAsk();
  const attempt = useTry();
  const manages = useMay("manage_events");
  const { filter, put, clear, any } = useAsked(NAMES);
  const queues = useQueueNames();
  const types = useTypes();
  const letters = useDeadLetters(filter);
  const replay = useReplayLetter();
  const drop = useDropLetter();
  const [verb, setVerb] = useState<Verb | null>(null);
  const wanted: LetterFilter = Object.fromEntries(Object.entries(filter).filter(([, value]) => value));
  const columns: TableProps<DeadLetterRow>["columns"] = [
    { title: t("events.event"), key: "event", render: (_, one) => <span className={forms.name}><span><strong>{one.type}</strong><small>{one.queue}</small></span></span> },
    { title: t("events.reason"), key: "reason", render: (_, one) => <span className={css.reason}>{one.cause}</span> },
    { title: t("webhooks.attempts"), dataIndex: "attempts", width: 80, align: "end", className: "sb-num", responsive: ["md"] },
    { title: t("events.at"), key: "at", width: 180, responsive: ["md"], render: (_, one) => <span className="sb-num sb-quiet">{moment(one.dead_at)}</span> },
    {
      title: <span className="sb-only-heard">{t("common.actions")}</span>, key: "actions", width: 150,
      render: (_, one) => (
        <span className={forms.actions}>
          {manages ? <Button size="small" loading={replay.isPending && replay.variables === one.id} onClick={() => attempt(replay.mutateAsync(one.id), t("events.replayed"))}>{t("events.replay")}</Button> : null}
          {manages ? <Button size="small" type="text" danger onClick={() => ask({ title: t("events.dropTitle"), hint: t("events.dropHint", { event: one.type, queue: one.queue }), verb: t("events.drop"), run: () => drop.mutateAsync(one.id), done: t("events.dropped") })}>{t("events.drop")}</Button> : null}
        </span>
      ),
    },
  ];
  const anything = (letters.data?.pages[0]?.items.length ?? 0) > 0;
  return (
    <Page
      wide
      title={t("settings.deadLetters.title")}
      lead={t("settings.deadLetters.lead")}
      actions={manages && anything ? (
        <>
          <Button danger onClick={() => setVerb("drop")}>{t(any ? "events.many.dropFound" : "events.many.dropAll")}</Button>
          <Button type="primary" onClick={() => setVerb("replay")}>{t(any ? "events.many.replayFound" : "events.many.replayAll")}</Button>
        </>
      ) : null}
    >
      <PagesPanel
        query={letters}
        columns={columns}
        empty={any
          ? { icon: <CheckCircleOutlined aria-hidden="true" />, title: t("events.noneFound"), hint: t("events.noneFoundHint"), action: <Button onClick={clear}>{t("history.clear")}</Button> }
          : { icon: <CheckCircleOutlined aria-hidden="true" />, title: t("events.none"), hint: t("events.noneHint") }}
        expandable={{ expandedRowRender: (one) => <DeadLetterCard id={one.id} /> }}
        head={
          <>
            <Select allowClear showSearch value={filter.queue || null} placeholder={t("events.queue.name")} aria-label={t("events.queue.name")} options={[...new Set([...queues, ...(filter.queue ? [filter.queue] : [])])].map((value) => ({ value, label: value }))} onChange={(queue: string | undefined) => put({ queue: queue ?? "" })} />
            <Select allowClear showSearch value={filter.type || null} placeholder={t("events.event")} aria-label={t("events.event")} options={types} onChange={(type: string | undefined) => put({ type: type ?? "" })} />
            <TimeRange value={filter} onChange={put} />
          </>
        }
      />
      {verb ? <LettersDialog verb={verb} filter={wanted} onClose={() => setVerb(null)} /> : null}
    </Page>
  );
}
