import { CheckCircleFilled, ClockCircleOutlined, CloseCircleFilled, DatabaseOutlined, ForkOutlined, NotificationOutlined, RedoOutlined, SendOutlined } from "@ant-design/icons";
import { Chip, Empty } from "@switchboard/kit";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { exact } from "@/app/time";
import { words } from "@/app/words";
import css from "./events.module.css";
import { after, LANE_TONES, lanesOf } from "./path";
import type { PathStep } from "./types";

const ICONS: Record<PathStep["step"], ReactNode> = {
  announced: <NotificationOutlined aria-hidden="true" />,
  archived: <DatabaseOutlined aria-hidden="true" />,
  copied: <ForkOutlined aria-hidden="true" />,
  handled: <CheckCircleFilled aria-hidden="true" />,
  retried: <RedoOutlined aria-hidden="true" />,
  dead: <CloseCircleFilled aria-hidden="true" />,
  delivered: <SendOutlined aria-hidden="true" />,
};

/** The way of an event as two parts: what every event goes through, then a lane for each queue. */
export function PathView({ path, start }: { path: PathStep[]; start: string | number }) {
  const { t } = useTranslation();
  const { trunk, lanes } = lanesOf(path);
  if (path.length === 0) return <Empty compact icon={<ClockCircleOutlined aria-hidden="true" />} title={t("events.path.none")} hint={t("events.path.noneHint")} />;
  return (
    <div className={css.path}>
      <Steps steps={trunk} start={start} />
      {lanes.length === 0 ? <p className="sb-quiet">{t("events.path.noQueues")}</p> : null}
      <ul className={css.lanes}>
        {lanes.map((lane) => (
          <li key={lane.queue}>
            <p className={css.laneHead}><strong>{lane.queue}</strong><Chip tone={LANE_TONES[lane.state]}>{t(`events.lane.${lane.state}`)}</Chip></p>
            <Steps steps={lane.steps} start={start} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Steps({ steps, start }: { steps: PathStep[]; start: string | number }) {
  const { t } = useTranslation();
  return (
    <ol className={css.steps}>
      {steps.map((step, at) => (
        <li key={`${step.step}-${at}`} data-step={step.step}>
          <span className={css.stepIcon} aria-hidden="true">{ICONS[step.step] ?? <ClockCircleOutlined aria-hidden="true" />}</span>
          <div>
            <p>
              <strong>{words(`events.step.${step.step}`, step.step)}</strong>
              {step.attempts && step.attempts > 1 ? <span className="sb-quiet">{t("events.path.attempts", { count: step.attempts })}</span> : null}
              {step.at ? <time className="sb-num sb-quiet" dateTime={step.at} title={exact(step.at)}>{step.step === "announced" ? exact(step.at) : after(start, step.at) || exact(step.at)}</time> : null}
            </p>
            {step.detail ? <p className={css.detail}>{step.detail}</p> : null}
          </div>
        </li>
      ))}
    </ol>
  );
}
