import type { ChatView } from "@switchboard/api";
import { Avatar, Chip, Facts, Failure, Rows } from "@switchboard/kit";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { visitorName } from "@/app/people";
import { country, placeOf, tongue } from "@/app/places";
import { explain } from "@/app/errors";
import { useMay } from "@/app/session";
import { brief, clock } from "@/app/time";
import { CrmCard } from "./CrmCard";
import css from "./panel.module.css";
import { Address, Card } from "./PanelParts";
import { useVisitorDetail } from "./queries";
import { useAnswers } from "./useAnswers";

/** Who it is that writes: facts, answers of the form, where they have been, what was before. */
export function VisitorPanel({ card }: { card: Pick<ChatView, "id" | "visitor" | "form" | "custom_fields"> }) {
  const { t } = useTranslation();
  const sees = useMay("view_visitors");
  const history = useMay("view_history");
  const answers = useMay("answer_chats");
  const detail = useVisitorDetail(sees ? card.visitor.id : undefined);
  const { visitor } = card;
  const name = visitorName(visitor);
  const pages = [...(detail.data?.pages ?? [])].sort((a, b) => b.at.localeCompare(a.at));
  const past = detail.data?.chats.filter((one) => one.id !== card.id) ?? [];
  const form = useAnswers(card);
  const variables = Object.entries(detail.data?.visitor.variables ?? {});
  const rest = detail.isLoading ? <Rows count={2} label={t("app.loading")} /> : detail.isError ? <Failure compact title={t("problem.load")} detail={explain(detail.error)} retryLabel={t("act.retry")} onRetry={() => void detail.refetch()} /> : null;
  const facts: [string, ReactNode][] = [
    [t("visitor.place"), placeOf(visitor.country, visitor.city)],
    [t("visitor.browser"), [visitor.browser, visitor.os].filter(Boolean).join(" · ")],
    [t("visitor.language"), tongue(visitor.language)],
    [t("visitor.visits"), visitor.visits],
    [t("visitor.referrer"), visitor.referrer ? <Address url={visitor.referrer} /> : t("visitor.direct")],
    [t("visitor.page"), visitor.page?.url ? <Address url={visitor.page.url} title={visitor.page.title} /> : null],
    [t("visitor.zone"), detail.data?.visitor.time_zone],
  ];
  return (
    <aside className={css.panel} aria-label={t("desk.panel")}>
      <div className={css.face}>
        <Avatar id={visitor.id} name={name} size={52} dot={visitor.online ? "online" : "offline"} />
        <h2>{name}</h2>
        {visitor.email ? <a href={`mailto:${visitor.email}`}>{visitor.email}</a> : null}
        <p>
          <Chip tone={visitor.online ? "good" : "quiet"}>{t(visitor.online ? "visitor.online" : "visitor.gone")}</Chip>
          {visitor.visits > 1 ? <Chip tone="brand">{t("visitor.returning")}</Chip> : null}
          {visitor.country ? <Chip>{country(visitor.country)}</Chip> : null}
        </p>
      </div>
      <Card name="facts" title={t("desk.card.facts")}>
        <Facts items={facts.filter(([, value]) => value !== null && value !== undefined && value !== "")} />
      </Card>
      {form.length > 0 ? (
        <Card name="form" title={t("desk.card.form")}>
          <Facts items={form} />
        </Card>
      ) : null}
      {variables.length > 0 ? <Card name="variables" title={t("desk.card.variables")}><Facts items={variables} /></Card> : null}
      {answers && visitor.email && card.id ? <CrmCard chat={card.id} /> : null}
      {sees ? (
        <Card name="pages" title={t("desk.card.pages")} count={pages.length}>
          {rest ?? (
            <ol className={css.trail}>
              {pages.slice(0, 12).map((page) => (
                <li key={`${page.at}${page.url}`}>
                  <Address url={page.url} title={page.title} />
                  <time className="sb-num sb-quiet">{clock(page.at)}</time>
                </li>
              ))}
            </ol>
          )}
        </Card>
      ) : null}
      {sees && history ? (
        <Card name="past" title={t("desk.card.past")} count={past.length}>
          {rest ?? (past.length === 0 ? <p className="sb-quiet">{t("desk.noPast")}</p> : (
            <ul className={css.past}>
              {past.map((one) => (
                <li key={one.id}>
                  <Link to={`/history/${one.id}`}>
                    <span>#{one.number} · {brief(one.requested_at)}</span>
                    <span className="sb-cut sb-quiet">{one.last?.text ?? t("desk.noMessage")}</span>
                  </Link>
                </li>
              ))}
            </ul>
          ))}
        </Card>
      ) : null}
    </aside>
  );
}
