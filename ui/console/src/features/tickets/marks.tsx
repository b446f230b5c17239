import { Chip, type Tone } from "@switchboard/kit";
import { useTranslation } from "react-i18next";
import { left, useNow } from "@/app/time";
import { dues, type Urgency } from "./sla";
import css from "./tickets.module.css";
import type { Priority, Sla, TicketStatus } from "./types";

const STATUS_TONES: Record<TicketStatus, Tone> = { new: "brand", open: "bad", pending: "warn", on_hold: "quiet", solved: "good", closed: "quiet" };
const URGENCY_TONES: Record<Urgency, Tone> = { over: "bad", soon: "warn", fine: "quiet" };

export function StatusChip({ status }: { status: TicketStatus }) {
  const { t } = useTranslation();
  return <Chip tone={STATUS_TONES[status] ?? "quiet"}>{t(`tickets.status.${status}`)}</Chip>;
}

/** Only what stands out is shown: most tickets are of normal priority. */
export function PriorityMark({ priority }: { priority: Priority }) {
  const { t } = useTranslation();
  if (priority === "normal") return null;
  return <span className={css.priority} data-priority={priority}>{t(`tickets.priority.${priority}`)}</span>;
}

/** The clock that ends first, running. */
export function DueChip({ sla }: { sla: Sla }) {
  const { t } = useTranslation();
  const now = useNow();
  const [first] = dues(sla, now);
  if (!first) return null;
  const time = left(first.at - now);
  return <Chip tone={URGENCY_TONES[first.urgency]}><span className="sb-num" title={t(`tickets.clock.${first.clock}`)}>{first.at <= now ? t("tickets.late", { time }) : t("tickets.left", { time })}</span></Chip>;
}

/** All clocks that run, each with what it is for. */
export function Clocks({ sla }: { sla: Sla }) {
  const { t } = useTranslation();
  const now = useNow();
  const running = dues(sla, now);
  if (running.length === 0) return <p className="sb-quiet">{t(sla.breached.length > 0 ? "tickets.brokenBefore" : "tickets.noClocks")}</p>;
  return (
    <ul className={css.clocks}>
      {running.map(({ clock, at, urgency }) => (
        <li key={clock}>
          <span>{t(`tickets.clock.${clock}`)}</span>
          <Chip tone={URGENCY_TONES[urgency]}><span className="sb-num">{at <= now ? t("tickets.late", { time: left(at - now) }) : t("tickets.left", { time: left(at - now) })}</span></Chip>
        </li>
      ))}
    </ul>
  );
}
