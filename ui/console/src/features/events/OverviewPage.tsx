import { Chip, Failure, Page, Panel, Rows, type Tone } from "@switchboard/kit";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { explain } from "@/app/errors";
import { count, second, span } from "@/app/time";
import { words } from "@/app/words";
import css from "./events.module.css";
import { QueueTable } from "./QueueTable";
import { usePipeline } from "./queries";
import type { BrokerView, Level, PipelineView } from "./types";

export const LEVEL_TONES: Record<Level, Tone> = { green: "good", yellow: "warn", orange: "warn", red: "bad" };

/** How the pipeline stands: its level, the way from outbox to data queues, and each queue. */
export default function OverviewPage() {
  const { t } = useTranslation();
  const pipeline = usePipeline();
  const now = pipeline.data;
  const said = pipeline.dataUpdatedAt ? t("events.updated", { at: second(pipeline.dataUpdatedAt) }) : null;
  return (
    <Page wide title={t("settings.events.title")} lead={t("settings.events.lead")} actions={<><span className="sb-quiet sb-num">{said}</span><Button loading={pipeline.isLoading} onClick={() => void pipeline.refetch()}>{t("act.refresh")}</Button></>}>
      {pipeline.isLoading ? <Panel><Rows label={t("app.loading")} /></Panel> : null}
      {pipeline.isError && !now ? <Panel><Failure title={t("problem.load")} detail={explain(pipeline.error)} retryLabel={t("act.retry")} onRetry={() => void pipeline.refetch()} /></Panel> : null}
      {now ? (
        <>
          {pipeline.isError ? <p className={css.stale} role="status">{t("events.stale", { why: explain(pipeline.error) })}</p> : null}
          <LevelPanel now={now} />
          <Way now={now} />
          <QueueTable queues={now.queues} />
          <Applied now={now} />
        </>
      ) : null}
    </Page>
  );
}

function LevelPanel({ now }: { now: PipelineView }) {
  const { t } = useTranslation();
  return (
    <section className={css.level} data-level={now.level} aria-label={t("events.level.label")}>
      <div role="status">
        <strong>{t(`events.level.${now.level}`)}</strong>
        <span>{t(`events.level.${now.level}Hint`)}</span>
      </div>
      {now.level_why.length > 0 ? <ul>{now.level_why.map((why) => <li key={why}>{words(`events.why.${why}`, why)}</li>)}</ul> : null}
    </section>
  );
}

/** Outbox, event brokers, data broker: where events are, and which way they go now. */
function Way({ now }: { now: PipelineView }) {
  const { t } = useTranslation();
  const data = now.queues.filter((queue) => queue.role === "data");
  const sum = (of: (queue: PipelineView["queues"][number]) => number) => data.reduce((all, queue) => all + of(queue), 0);
  const events = now.brokers.filter((broker) => broker.roles.some((role) => role !== "data"));
  return (
    <ol className={css.way} aria-label={t("events.way.label")}>
      <li className={css.station}>
        <h2>{t("events.way.outbox")}</h2>
        <p className={css.figure}>{count(now.outbox.waiting)}</p>
        <p className="sb-quiet">{now.outbox.oldest_ms === null ? t("events.way.noneWait") : t("events.way.oldest", { age: span(now.outbox.oldest_ms) })}</p>
        <p className="sb-quiet">{now.outbox.publishing_to ? t("events.way.to", { broker: t(`events.role.${now.outbox.publishing_to}`) }) : t("events.way.nowhere")}</p>
      </li>
      <li className={css.station}>
        <h2>{t("events.way.brokers")}</h2>
        {events.map((broker) => <Broker key={broker.name} broker={broker} roles={["main", "remote"]} to={now.outbox.publishing_to} />)}
      </li>
      <li className={css.station}>
        <h2>{t("events.way.data")}</h2>
        {now.brokers.filter((broker) => broker.roles.includes("data")).map((broker) => <Broker key={broker.name} broker={broker} roles={["data"]} to={null} />)}
        <p className="sb-quiet sb-num">{t("events.way.sum", { depth: count(sum((queue) => queue.messages ?? 0)), rate: count(sum((queue) => queue.out_per_s)) })}</p>
        {sum((queue) => queue.dead_letters) > 0 ? <Link to="/settings/events/dead-letters">{t("events.way.dead", { count: sum((queue) => queue.dead_letters) })}</Link> : null}
      </li>
    </ol>
  );
}

function Broker({ broker, roles, to }: { broker: BrokerView; roles: BrokerView["roles"]; to: "main" | "remote" | null }) {
  const { t } = useTranslation();
  const used = to !== null && broker.roles.includes(to);
  return (
    <div className={css.broker} data-used={used || undefined}>
      <p>
        <strong>{broker.name}</strong>
        <Chip tone={broker.ok ? "good" : "bad"}>{t(broker.ok ? "events.broker.ok" : "events.broker.trouble")}</Chip>
      </p>
      <p className="sb-quiet">{[words(`events.kind.${broker.kind}`, broker.kind), ...broker.roles.filter((role) => roles.includes(role)).map((role) => t(`events.role.${role}`))].join(" · ")}</p>
      {used ? <p className={css.used}>{t("events.broker.used")}</p> : null}
      {broker.trouble ? <p className={css.reason}>{broker.trouble}</p> : null}
    </div>
  );
}

/** Which version of the subscriptions each node goes by. */
export function Applied({ now }: { now: PipelineView }) {
  const { t } = useTranslation();
  const { wanted, applied } = now.subscriptions;
  return (
    <Panel title={t("events.applied.title", { version: wanted })} hint={t("events.applied.hint")}>
      {applied.length === 0 ? <p className="sb-quiet">{t("events.applied.none")}</p> : (
        <ul className={css.nodes}>
          {applied.map(({ node, version, at }) => (
            <li key={node}>
              <code>{node}</code>
              <Chip tone={version >= wanted ? "good" : "warn"}>{version >= wanted ? t("events.applied.current", { version }) : t("events.applied.behind", { version })}</Chip>
              <span className="sb-quiet sb-num">{second(at)}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
