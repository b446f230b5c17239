import { DesktopOutlined, MobileOutlined } from "@ant-design/icons";
import type { Page, Session } from "@switchboard/api";
import { Chip, Empty, Failure, Rows } from "@switchboard/kit";
import type { UseQueryResult } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useTry } from "@/app/ask";
import { explain } from "@/app/errors";
import { moment } from "@/app/time";
import css from "./me.module.css";

interface SessionListProps {
  query: UseQueryResult<Page<Session>>;
  onRevoke: (id: number) => Promise<unknown>;
}

/** "Chrome · Windows" out of a browser's long self-description. */
export function deviceName(agent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(agent)?.[1];
  const names: Record<string, string> = { Edg: "Edge", OPR: "Opera" };
  const system = /(Windows|iPhone|iPad|Android|Mac OS X|Linux)/.exec(agent)?.[1]?.replace("Mac OS X", "macOS");
  return [browser && (names[browser] ?? browser), system].filter(Boolean).join(" · ") || agent || "?";
}

export function SessionList({ query, onRevoke }: SessionListProps) {
  const { t } = useTranslation();
  const attempt = useTry();
  if (query.isLoading) return <Rows count={3} label={t("app.loading")} />;
  if (!query.data) return <Failure compact title={t("problem.load")} detail={explain(query.error)} retryLabel={t("act.retry")} onRetry={() => void query.refetch()} />;
  if (query.data.items.length === 0) return <Empty compact title={t("me.noSessions")} />;
  return (
    <ul className={css.sessions}>
      {query.data.items.map((one) => (
        <li key={one.id}>
          <span className={css.device} aria-hidden="true">{/Mobile|iPhone|Android/.test(one.agent) ? <MobileOutlined aria-hidden="true" /> : <DesktopOutlined aria-hidden="true" />}</span>
          <span>
            <strong title={one.agent}>{deviceName(one.agent)}</strong>
            <small className="sb-num">{t("me.session", { address: one.address, seen: moment(one.seen_at), since: moment(one.created_at) })}</small>
          </span>
          {one.current ? <Chip tone="good">{t("me.thisOne")}</Chip> : <Button size="small" onClick={() => attempt(onRevoke(one.id), t("me.revoked"))} aria-label={t("me.revokeOf", { name: deviceName(one.agent) })}>{t("me.revoke")}</Button>}
        </li>
      ))}
    </ul>
  );
}
