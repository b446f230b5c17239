import { Failure, Page, Panel, Rows } from "@switchboard/kit";
import { App, Button, Input, InputNumber, Select, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { explain } from "@/app/errors";
import forms from "@/app/forms.module.css";
import { usePhone } from "@/app/prefs";
import { timeZones } from "@/app/time";
import { pair } from "@/app/words";
import { HoursEditor } from "./HoursEditor";
import { checkSpans, daysOf, hoursOf } from "./hours";
import { useSaveTicketSettings, useTicketSettings } from "./queries";
import css from "./rules.module.css";
import { DAYS, PRIORITIES, type Priority, type ShownSettings, type SlaTarget } from "./types";

const EXAMPLE = "support@shop.example";
const PROMISES = ["first_reply_minutes", "next_reply_minutes", "resolve_minutes"] as const;

/** What is promised, when somebody is at work, and where tickets come from. */
export default function RulesPage() {
  const { t } = useTranslation();
  const settings = useTicketSettings();
  return (
    <Page title={t("settings.ticketRules.title")} lead={t("settings.ticketRules.lead")}>
      {settings.isLoading ? <Panel><Rows label={t("app.loading")} /></Panel> : null}
      {settings.isError && !settings.data ? <Panel><Failure title={t("problem.load")} detail={explain(settings.error)} retryLabel={t("act.retry")} onRetry={() => void settings.refetch()} /></Panel> : null}
      {settings.data ? <Editor settings={settings.data} /> : null}
    </Page>
  );
}

function Editor({ settings }: { settings: ShownSettings }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const { message } = App.useApp();
  const save = useSaveTicketSettings();
  const [now, setNow] = useState(settings);
  const [hours, setHours] = useState(() => hoursOf(settings.business_hours.days));
  const [problem, setProblem] = useState<string | null>(null);
  const edit = (change: Partial<ShownSettings>) => setNow({ ...now, ...change });
  const target = (priority: Priority): SlaTarget => now.sla.find((one) => one.priority === priority) ?? { priority, first_reply_minutes: null, next_reply_minutes: null, resolve_minutes: null };
  const promise = (priority: Priority, name: (typeof PROMISES)[number], minutes: number | null) => edit({ sla: PRIORITIES.map((one) => (one === priority ? { ...target(one), [name]: minutes } : target(one))) });
  const wrongDay = DAYS.find((day) => checkSpans(hours[day]));
  const finish = async () => {
    setProblem(null);
    const { inbound_hook: _, ...rest } = now;
    try {
      await save.mutateAsync({ ...rest, inbound_address: now.inbound_address?.trim() || null, sla: now.sla.filter((one) => PROMISES.some((name) => one[name] !== null)), business_hours: { ...now.business_hours, days: daysOf(hours) } });
      void message.success(t("me.saved"));
    } catch (error) {
      setProblem(explain(error));
    }
  };
  const toggle = (name: "from_offline" | "from_chats" | "acknowledge" | "staff_news") => now[name] === undefined ? null : <label className={css.toggle}><Switch checked={now[name] ?? false} onChange={(on) => edit({ [name]: on })} /><span>{t(`tickets.rules.${name}`)}</span></label>;
  return (
    <>
      <Panel title={t("tickets.rules.sla")} hint={t("tickets.rules.slaHint")}>
        <div className={css.scroll} tabIndex={0} role="group" aria-label={t("tickets.rules.sla")}>
          <table className={css.sla}>
            <thead><tr><th scope="col">{t("tickets.field.priority")}</th>{PROMISES.map((name) => <th key={name} scope="col">{t(`tickets.rules.${name}`)}</th>)}</tr></thead>
            <tbody>
              {[...PRIORITIES].reverse().map((priority) => (
                <tr key={priority}>
                  <th scope="row">{t(`tickets.priority.${priority}`)}</th>
                  {PROMISES.map((name) => <td key={name}><InputNumber min={1} max={525_600} value={target(priority)[name]} suffix={phone ? null : t("widgets.rules.minutes")} aria-label={pair(t(`tickets.priority.${priority}`), t(`tickets.rules.${name}`))} onChange={(minutes) => promise(priority, name, minutes)} /></td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Panel>
      <Panel title={t("tickets.rules.hours")} hint={t("tickets.rules.hoursHint")}>
        <div className={forms.stack}>
          <label className={css.line}><span>{t("me.zone")}</span><Select showSearch value={now.business_hours.time_zone} options={timeZones().map((value) => ({ value, label: value }))} aria-label={t("me.zone")} onChange={(time_zone: string) => edit({ business_hours: { ...now.business_hours, time_zone } })} /></label>
          <HoursEditor hours={hours} onChange={setHours} />
          <label className={css.line}><span>{t("tickets.rules.holidays")}</span><Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", " "]} placeholder="2026-10-01" value={now.business_hours.holidays} aria-label={t("tickets.rules.holidays")} onChange={(holidays: string[]) => edit({ business_hours: { ...now.business_hours, holidays: holidays.filter((day) => /^\d{4}-\d{2}-\d{2}$/.test(day)).sort() } })} /></label>
        </div>
      </Panel>
      <Panel title={t("tickets.rules.sources")} hint={t("tickets.rules.sourcesHint")}>
        <div className={forms.stack}>
          {toggle("from_offline")}
          {toggle("from_chats")}
          {toggle("acknowledge")}
          {toggle("staff_news")}
          <label className={css.line}><span>{t("tickets.rules.inbound")}</span><Input inputMode="email" value={now.inbound_address ?? ""} placeholder={EXAMPLE} onChange={({ target: { value } }) => edit({ inbound_address: value })} /></label>
          {now.inbound_hook ? <p className="sb-quiet">{t("tickets.rules.hook")} <code>{now.inbound_hook}</code></p> : null}
          {now.close_after_days === undefined ? null : <label className={css.line}><span>{t("tickets.rules.close")}</span><InputNumber min={0} max={3650} value={now.close_after_days} onChange={(days) => edit({ close_after_days: days ?? 0 })} /></label>}
        </div>
      </Panel>
      {problem ? <p className={forms.problem} role="alert">{problem}</p> : null}
      <div className={forms.row}><Button type="primary" loading={save.isPending} disabled={wrongDay !== undefined} onClick={() => void finish()}>{t("act.save")}</Button></div>
    </>
  );
}
