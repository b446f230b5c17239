import { InboxOutlined } from "@ant-design/icons";
import { Chip, Empty, Panel } from "@switchboard/kit";
import { Button, Table, type TableProps } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useAsk, useTry } from "@/app/ask";
import { useMay } from "@/app/session";
import { count, span } from "@/app/time";
import css from "./events.module.css";
import { usePauseQueue } from "./queries";
import type { QueueView } from "./types";

/** Older than this, what waits is worth a look. */
const OLD = 10_000;
const LATE = 60_000;

const age = (ms: number | null): string | undefined => (ms === null || ms < OLD ? undefined : ms < LATE ? "old" : "late");

export function QueueTable({ queues }: { queues: QueueView[] }) {
  const { t } = useTranslation();
  const everywhere = useMay("superadmin");
  // A queue serves all sites, so a site's own administrator may not stop it.
  const manages = useMay("manage_events") && everywhere;
  const ask = useAsk();
  const attempt = useTry();
  const pause = usePauseQueue();
  const set = (queue: string, paused: boolean) => pause.mutateAsync({ queue, paused });
  const number = (title: string, of: (one: QueueView) => number | null, width = 92): NonNullable<TableProps<QueueView>["columns"]>[number] => ({ title, key: title, width, align: "end", className: "sb-num", render: (_, one) => { const value = of(one); return value === null ? "–" : count(value); }, sorter: (a, b) => (of(a) ?? -1) - (of(b) ?? -1) });
  const columns: TableProps<QueueView>["columns"] = [
    {
      title: t("events.queue.name"), key: "queue", sorter: (a, b) => a.queue.localeCompare(b.queue),
      render: (_, one) => <span className={css.queue}><strong>{one.queue}</strong><small>{t(`events.queue.${one.role}`)} · {one.broker}{one.kept ? ` · ${t("events.queue.kept", { count: one.kept })}` : ""}</small></span>,
    },
    number(t("events.queue.depth"), (one) => one.messages),
    { title: t("events.queue.oldest"), key: "oldest", width: 118, align: "end", className: "sb-num", render: (_, one) => <span className={css.age} data-age={age(one.oldest_ms)}>{one.oldest_ms === null ? "–" : span(one.oldest_ms)}</span>, sorter: (a, b) => (a.oldest_ms ?? 0) - (b.oldest_ms ?? 0) },
    number(t("events.queue.in"), (one) => one.in_per_s),
    number(t("events.queue.out"), (one) => one.out_per_s),
    number(t("events.queue.held"), (one) => one.held),
    number(t("events.queue.parked"), (one) => one.parked, 100),
    {
      title: t("events.queue.dead"), key: "dead", width: 112, align: "end", className: "sb-num", sorter: (a, b) => a.dead_letters - b.dead_letters,
      render: (_, one) => (one.dead_letters > 0 ? <Link to={`/settings/events/dead-letters?queue=${encodeURIComponent(one.queue)}`} aria-label={t("events.queue.deadOf", { queue: one.queue, count: one.dead_letters })}>{count(one.dead_letters)}</Link> : 0),
    },
    {
      title: <span className="sb-only-heard">{t("common.actions")}</span>, key: "actions", width: 130, align: "end",
      render: (_, one) => (
        <span className={css.queueState}>
          {one.paused ? <Chip tone="warn">{t("events.queue.paused")}</Chip> : null}
          {manages && one.role === "data" ? (
            one.paused
              ? <Button size="small" loading={pause.isPending && pause.variables.queue === one.queue} aria-label={t("events.queue.resumeOf", { queue: one.queue })} onClick={() => attempt(set(one.queue, false), t("events.queue.resumed"))}>{t("events.queue.resume")}</Button>
              : <Button size="small" type="text" aria-label={t("events.queue.pauseOf", { queue: one.queue })} onClick={() => ask({ title: t("events.queue.pauseTitle", { queue: one.queue }), hint: t("events.queue.pauseHint"), verb: t("events.queue.pause"), run: () => set(one.queue, true) })}>{t("events.queue.pause")}</Button>
          ) : null}
        </span>
      ),
    },
  ];
  return (
    <Panel flush title={t("events.queue.title")}>
      {queues.length === 0 ? <Empty compact icon={<InboxOutlined aria-hidden="true" />} title={t("events.queue.none")} hint={t("events.queue.noneHint")} /> : <Table<QueueView> className={css.queues} size="small" rowKey={({ broker, queue }) => `${broker}/${queue}`} columns={columns} dataSource={queues} pagination={false} scroll={{ x: "max-content" }} />}
    </Panel>
  );
}
