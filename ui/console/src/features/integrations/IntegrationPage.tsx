import { ArrowLeftOutlined, CheckCircleFilled, CloseCircleFilled, ThunderboltOutlined } from "@ant-design/icons";
import { Chip, Facts, Failure, Page, Panel, Rows, type Tone } from "@switchboard/kit";
import { Button, type TableProps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useParams } from "react-router";
import { useTry } from "@/app/ask";
import { explain } from "@/app/errors";
import { PagesPanel } from "@/app/PagesPanel";
import { useMay } from "@/app/session";
import { moment } from "@/app/time";
import { words } from "@/app/words";
import { StateChip } from "./IntegrationsPage";
import css from "./integrations.module.css";
import { useIntegration, useIntegrationLog, useResendLetter, useTestIntegration } from "./queries";
import { SettingsForm } from "./SettingsForm";
import { type Kind, KINDS, type LogRow } from "./types";

const TONES: Record<LogRow["state"], Tone> = { done: "good", retrying: "warn", failed: "bad", held: "quiet" };

/** One connection: how it stands, whether it works, its settings, and what was done over there. */
export default function IntegrationPage() {
  const { kind = "" } = useParams();
  const known = KINDS.find((one) => one === kind);
  return known ? <Integration key={known} kind={known} /> : <Navigate to="/settings/integrations" replace />;
}

function Integration({ kind }: { kind: Kind }) {
  const { t } = useTranslation();
  const connection = useIntegration(kind);
  const [dirty, setDirty] = useState(false);
  const one = connection.data;
  if (connection.isError && !one) return <Failure title={t("problem.load")} detail={explain(connection.error)} retryLabel={t("act.retry")} onRetry={() => void connection.refetch()} />;
  if (!one) return <Rows count={8} label={t("app.loading")} />;
  return (
    <Page
      title={t(`integrations.kind.${kind}.title`)}
      lead={t(`integrations.kind.${kind}.lead`)}
      back={<Link to="/settings/integrations"><ArrowLeftOutlined aria-hidden="true" /> {t("settings.integrations.title")}</Link>}
    >
      <Panel title={t("integrations.how")} extra={<StateChip one={one} />}>
        <div className={css.how}>
          <Facts
            items={[
              [t("integrations.lastGood"), one.last_ok_at ? moment(one.last_ok_at) : "–"],
              ...(one.last_error ? [[t("integrations.lastBad"), <span key="why" className={css.reason}>{one.last_error}{one.last_error_at ? ` · ${moment(one.last_error_at)}` : ""}</span>] as [string, React.ReactNode]] : []),
              ...(one.state === "open" && one.open_until ? [[t("integrations.again"), moment(one.open_until)] as [string, string]] : []),
            ]}
          />
          <TestConnection kind={kind} configured={one.configured} dirty={dirty} />
        </div>
      </Panel>
      <SettingsForm kind={kind} connection={one} onDirty={setDirty} />
      {one.configured ? <Log kind={kind} /> : null}
    </Page>
  );
}

/** Tries the saved settings step by step; where it stops is where to look. */
function TestConnection({ kind, configured, dirty }: { kind: Kind; configured: boolean; dirty: boolean }) {
  const { t } = useTranslation();
  const test = useTestIntegration(kind);
  return (
    <div className={css.test}>
      <div className={css.testHead}>
        <Button icon={<ThunderboltOutlined aria-hidden="true" />} loading={test.isPending} disabled={!configured || dirty} onClick={() => test.mutate()}>{t("integrations.test.do")}</Button>
        <span className="sb-quiet">{configured ? (dirty ? t("integrations.test.saveFirst") : t("integrations.test.hint")) : t("integrations.test.setFirst")}</span>
      </div>
      <div role="status">
        {test.isError ? <p className={css.reason}>{explain(test.error)}</p> : null}
        {test.data && !test.isPending ? (
          <>
            <p><strong>{t(test.data.ok ? "integrations.test.good" : "integrations.test.bad")}</strong></p>
            <ol className={css.steps}>
              {test.data.steps.map((step) => (
                <li key={step.name} data-ok={step.ok}>
                  {step.ok ? <CheckCircleFilled aria-hidden="true" /> : <CloseCircleFilled aria-hidden="true" />}
                  <span><strong>{words(`integrations.step.${step.name}`, step.name)}</strong><span className="sb-only-heard">{t(step.ok ? "integrations.test.stepGood" : "integrations.test.stepBad")}</span>{step.detail ? <small>{step.detail}</small> : null}</span>
                </li>
              ))}
            </ol>
          </>
        ) : null}
      </div>
    </div>
  );
}

function Log({ kind }: { kind: Kind }) {
  const { t } = useTranslation();
  const log = useIntegrationLog(kind);
  const resend = useResendLetter();
  const attempt = useTry();
  const history = useMay("view_history");
  const events = useMay("view_events");
  const tickets = useMay("answer_tickets");
  const columns: TableProps<LogRow>["columns"] = [
    { title: t("webhooks.state"), key: "state", width: 110, render: (_, one) => <Chip tone={TONES[one.state] ?? "quiet"}>{words(`integrations.log.${one.state}`, one.state)}</Chip> },
    { title: t("webhooks.at"), key: "at", width: 170, render: (_, one) => <span className="sb-num">{moment(one.at)}</span> },
    { title: t("integrations.log.what"), key: "what", render: (_, one) => <span className={css.what}><strong>{words(`integrations.what.${one.what}`, one.what.replaceAll("_", " "))}</strong>{one.detail ? <small className={one.state === "failed" ? css.reason : undefined}>{one.detail}</small> : null}</span> },
    { title: t("webhooks.attempts"), dataIndex: "attempts", width: 70, align: "end", className: "sb-num", responsive: ["md"] },
    {
      title: <span className="sb-only-heard">{t("common.details")}</span>, key: "more", width: 130,
      render: (_, one) => <span className={css.links}>{one.chat && history ? <Link to={`/history/${one.chat}`}>{t("integrations.log.chat")}</Link> : null}{one.ticket && tickets ? <Link to={`/tickets/${one.ticket}`}>{t("integrations.log.ticket")}</Link> : null}{one.event && events ? <Link to={`/settings/events/explorer/${one.event}`}>{t("events.event")}</Link> : null}{kind === "email" && one.state === "failed" ? <Button size="small" type="text" loading={resend.isPending && resend.variables === one.id} onClick={() => attempt(resend.mutateAsync(one.id), t("integrations.log.resent"))}>{t("integrations.log.resend")}</Button> : null}</span>,
    },
  ];
  return (
    <section aria-label={t("integrations.log.title")}>
      <PagesPanel query={log} columns={columns} head={<h2 className={css.logHead}>{t("integrations.log.title")}</h2>} empty={{ icon: <ThunderboltOutlined aria-hidden="true" />, title: t("integrations.log.none"), hint: t("integrations.log.noneHint") }} />
    </section>
  );
}
