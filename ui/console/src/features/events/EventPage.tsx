import { ArrowLeftOutlined, CopyOutlined } from "@ant-design/icons";
import { Facts, Failure, Page, Panel, Rows } from "@switchboard/kit";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useNavigate, useParams } from "react-router";
import { explain } from "@/app/errors";
import forms from "@/app/forms.module.css";
import { exact } from "@/app/time";
import css from "./events.module.css";
import { PathView } from "./PathView";
import { useEvent } from "./queries";

/** One event: what it says, and everywhere it went. */
export default function EventPage() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const cameFromList = (useLocation().state as { back?: boolean } | null)?.back === true;
  const found = useEvent(id);
  if (found.isError && !found.data) return <Failure title={t("problem.load")} detail={explain(found.error)} retryLabel={t("act.retry")} onRetry={() => void found.refetch()} />;
  if (!found.data) return <Rows count={8} label={t("app.loading")} />;
  const { event, path } = found.data;
  const { payload, ...papers } = event;
  const text = JSON.stringify(payload, null, 2);
  const copy = () => navigator.clipboard.writeText(JSON.stringify(event, null, 2)).then(() => void message.success(t("act.copied")), () => {});
  const back = <Link to="/settings/events/explorer" onClick={(press) => cameFromList && (press.preventDefault(), void navigate(-1))}><ArrowLeftOutlined aria-hidden="true" /> {t("settings.explorer.title")}</Link>;
  return (
    <Page
      wide
      title={event.name}
      lead={<code>{event.id}</code>}
      back={back}
      actions={<><Button icon={<CopyOutlined aria-hidden="true" />} onClick={() => void copy()}>{t("events.copy")}</Button><Button loading={found.isRefetching} onClick={() => void found.refetch()}>{t("act.refresh")}</Button></>}
    >
      <div className={css.event}>
        <div className={forms.stack}>
          <Panel title={t("events.facts")}>
            <Facts
              items={[
                [t("events.when"), <time key="at" className="sb-num">{exact(event.occurred_at)}</time>],
                [t("events.key"), <Link key="key" to={`/settings/events/explorer?key=${encodeURIComponent(event.key)}`}>{event.key}</Link>],
                [t("events.version"), String(event.version)],
                ...(event.producer ? [[t("events.producer"), event.producer] as [string, string]] : []),
                ...(event.route ? [[t("events.route"), routeName(event.route)] as [string, string]] : []),
              ]}
            />
          </Panel>
          <Panel title={t("events.payload")}>
            <pre className={forms.code} tabIndex={0} aria-label={t("events.payload")}>{text}</pre>
            <details className={css.papers}>
              <summary>{t("events.papers")}</summary>
              <pre className={forms.code} tabIndex={0} aria-label={t("events.papers")}>{JSON.stringify(papers, null, 2)}</pre>
            </details>
          </Panel>
        </div>
        <Panel title={t("events.path.title")} hint={t("events.path.hint")}>
          <PathView path={path} start={event.occurred_at} />
        </Panel>
      </div>
    </Page>
  );
}

/** `"main"`, or `{"replay": "17"}`, in a word. */
function routeName(route: unknown): string {
  if (typeof route === "string") return route;
  const [[name, value] = ["", ""]] = Object.entries((route ?? {}) as object);
  return [name, value].filter(Boolean).join(" ");
}
