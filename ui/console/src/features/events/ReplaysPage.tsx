import { HistoryOutlined } from "@ant-design/icons";
import { Chip, Empty, Failure, Page, Panel, Rows, type Tone } from "@switchboard/kit";
import { Button, Progress } from "antd";
import { useTranslation } from "react-i18next";
import { useAsk } from "@/app/ask";
import { explain } from "@/app/errors";
import { useMay } from "@/app/session";
import { count, moment } from "@/app/time";
import { words } from "@/app/words";
import css from "./events.module.css";
import { useCancelReplay, useReplays } from "./queries";
import { ReplayForm } from "./ReplayForm";
import type { ReplayState, ReplayView } from "./types";

const TONES: Record<ReplayState, Tone> = { running: "brand", done: "good", cancelled: "quiet", failed: "bad" };

/** Events of the archive sent to their consumers once more. */
export default function ReplaysPage() {
  const { t } = useTranslation();
  const manages = useMay("manage_events");
  const replays = useReplays();
  const items = replays.data?.items;
  return (
    <Page title={t("settings.replays.title")} lead={t("settings.replays.lead")}>
      {manages ? <ReplayForm /> : null}
      <Panel flush title={t("events.replays.title")}>
        {replays.isLoading ? <Rows label={t("app.loading")} /> : null}
        {replays.isError && !items ? <Failure title={t("problem.load")} detail={explain(replays.error)} retryLabel={t("act.retry")} onRetry={() => void replays.refetch()} /> : null}
        {items?.length === 0 ? <Empty compact icon={<HistoryOutlined aria-hidden="true" />} title={t("events.replays.none")} hint={t("events.replays.noneHint")} /> : null}
        <ul className={css.replays}>{items?.map((one) => <Replay key={one.id} replay={one} manages={manages} />)}</ul>
      </Panel>
    </Page>
  );
}

function Replay({ replay, manages }: { replay: ReplayView; manages: boolean }) {
  const { t } = useTranslation();
  const ask = useAsk();
  const cancel = useCancelReplay();
  const { filter, queues, state, done, count: all, rate_per_s, force, trouble } = replay;
  const part = all > 0 ? Math.floor((done / all) * 100) : state === "done" ? 100 : 0;
  const what = filter.types?.length ? filter.types.join(", ") : t("events.replays.everyType");
  return (
    <li>
      <div className={css.replayHead}>
        <strong>{what}</strong>
        <Chip tone={TONES[state] ?? "quiet"}>{words(`events.replays.state.${state}`, state)}</Chip>
        {manages && state === "running" ? <Button size="small" loading={cancel.isPending} onClick={() => ask({ title: t("events.replays.cancelTitle"), hint: t("events.replays.cancelHint"), verb: t("events.replays.cancel"), run: () => cancel.mutateAsync(replay.id) })}>{t("events.replays.cancel")}</Button> : null}
      </div>
      <p className="sb-quiet">{[t("events.replays.span", { from: moment(filter.from), to: moment(filter.to) }), filter.key, `→ ${queues.join(", ")}`, rate_per_s ? t("events.replays.rate", { rate: count(rate_per_s) }) : null, force ? t("events.replays.forced") : null].filter(Boolean).join(" · ")}</p>
      <Progress percent={part} size="small" showInfo={false} aria-label={t("events.replays.progress")} {...(state === "failed" ? { status: "exception" as const } : {})} />
      <p className="sb-num sb-quiet">{t("events.replays.done", { done: count(done), count: count(all), at: moment(replay.started_at) })}</p>
      {trouble ? <p className={css.reason}>{trouble}</p> : null}
    </li>
  );
}
