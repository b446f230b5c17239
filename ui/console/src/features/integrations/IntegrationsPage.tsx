import { ApiOutlined, CloudOutlined, CustomerServiceOutlined, LinkOutlined, MailOutlined } from "@ant-design/icons";
import { Chip, Empty, Failure, Page, Panel, Rows, type Tone } from "@switchboard/kit";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { explain } from "@/app/errors";
import { useMay } from "@/app/session";
import { moment } from "@/app/time";
import { words } from "@/app/words";
import css from "./integrations.module.css";
import { useIntegrations } from "./queries";
import type { ConnectionState, IntegrationView } from "./types";

export const KIND_ICONS: Record<string, ReactNode> = { salesforce: <CloudOutlined aria-hidden="true" />, zendesk: <CustomerServiceOutlined aria-hidden="true" />, email: <MailOutlined aria-hidden="true" /> };
const TONES: Record<ConnectionState, Tone> = { ok: "good", failing: "warn", open: "bad", off: "quiet" };

export function StateChip({ one }: { one: IntegrationView }) {
  const { t } = useTranslation();
  if (!one.configured) return <Chip>{t("integrations.state.new")}</Chip>;
  return <Chip tone={TONES[one.state] ?? "quiet"}>{words(`integrations.state.${one.state}`, one.state)}</Chip>;
}

/** The systems that this site is, or could be, connected to. */
export default function IntegrationsPage() {
  const { t } = useTranslation();
  const all = useIntegrations();
  const webhooks = useMay("manage_webhooks");
  const items = all.data?.items;
  return (
    <Page title={t("settings.integrations.title")} lead={t("settings.integrations.lead")}>
      {all.isLoading ? <Panel><Rows tall count={3} label={t("app.loading")} /></Panel> : null}
      {all.isError && !items ? <Panel><Failure title={t("problem.load")} detail={explain(all.error)} retryLabel={t("act.retry")} onRetry={() => void all.refetch()} /></Panel> : null}
      {items?.length === 0 ? <Panel><Empty icon={<LinkOutlined aria-hidden="true" />} title={t("integrations.none")} hint={t("integrations.noneHint")} /></Panel> : null}
      {items ? (
        <ul className={css.cards}>
          {items.map((one) => (
            <li key={one.kind}>
              <Link to={one.kind}>
                <span className={css.icon} aria-hidden="true">{KIND_ICONS[one.kind] ?? <LinkOutlined aria-hidden="true" />}</span>
                <span className={css.text}>
                  <span className={css.line}><strong>{words(`integrations.kind.${one.kind}.title`, one.kind)}</strong><StateChip one={one} /></span>
                  <small>{words(`integrations.kind.${one.kind}.lead`)}</small>
                  {one.configured && one.last_error && one.state !== "ok" ? <small className={css.reason}>{one.last_error}</small> : null}
                  {one.configured && one.last_ok_at ? <small>{t("integrations.lastOk", { at: moment(one.last_ok_at) })}</small> : null}
                </span>
              </Link>
            </li>
          ))}
          {webhooks ? (
            <li>
              <Link to="/settings/webhooks">
                <span className={css.icon} aria-hidden="true"><ApiOutlined aria-hidden="true" /></span>
                <span className={css.text}><strong>{t("settings.webhooks.title")}</strong><small>{t("settings.webhooks.lead")}</small></span>
              </Link>
            </li>
          ) : null}
        </ul>
      ) : null}
    </Page>
  );
}
