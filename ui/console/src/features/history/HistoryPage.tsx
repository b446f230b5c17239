import { HistoryOutlined } from "@ant-design/icons";
import type { ChatView } from "@switchboard/api";
import { Avatar, Chip, Empty, Failure, Rows, useTitle } from "@switchboard/kit";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useNavigate, useParams } from "react-router";
import { useAsked } from "@/app/asked";
import { explain } from "@/app/errors";
import { Allowed } from "@/app/guards";
import { visitorName } from "@/app/people";
import { usePhone } from "@/app/prefs";
import { moment, recent } from "@/app/time";
import { Marked } from "@/features/desk/Linked";
import { Filters } from "./Filters";
import css from "./history.module.css";
import { useHistory } from "./queries";
import { Transcript } from "./Transcript";

const NAMES = ["q", "status", "agent", "department", "from", "to"] as const;

export default function HistoryPage() {
  return (
    <Allowed need="view_history">
      <History />
    </Allowed>
  );
}

/** The address holds the whole question, so that an answer can be sent to a colleague. */
function History() {
  const { t } = useTranslation();
  const phone = usePhone();
  const { chat } = useParams();
  const navigate = useNavigate();
  const { filter, put, clear, any: asked } = useAsked(NAMES);
  const { search: tail } = useLocation();
  const found = useHistory(filter);
  useTitle(t("nav.history"));
  const chats = found.data?.pages.flatMap((page) => page.items);

  return (
    <div className={css.history}>
      <h1 className="sb-only-heard">{t("nav.history")}</h1>
      {phone && chat ? null : (
        <section className={css.side} aria-label={t("nav.history")}>
          <Filters filter={filter} onChange={put} />
          <div className={css.scroll}>
            {found.isLoading ? <Rows tall label={t("app.loading")} /> : null}
            {found.isError && !chats ? <Failure compact title={t("problem.load")} detail={explain(found.error)} retryLabel={t("act.retry")} onRetry={() => void found.refetch()} /> : null}
            {chats?.length === 0 ? (
              <Empty
                compact
                icon={<HistoryOutlined aria-hidden="true" />}
                title={t(asked ? "history.noneFound" : "history.none")}
                hint={t(asked ? "history.noneFoundHint" : "history.noneHint")}
                action={asked ? <Button onClick={clear}>{t("history.clear")}</Button> : null}
              />
            ) : null}
            <ul data-stale={found.isPlaceholderData || undefined}>
              {chats?.map((card) => <Found key={card.id} card={card} tail={tail} chosen={card.id === chat} words={filter.q} />)}
            </ul>
            {found.hasNextPage ? <Button block type="text" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>{t("act.more")}</Button> : null}
          </div>
        </section>
      )}
      {phone && !chat ? null : (
        <section className={css.transcript} aria-label={t("history.transcript")}>
          {chat ? <Transcript key={chat} id={chat} words={filter.q} {...(phone ? { onBack: () => void navigate(`/history${tail}`) } : {})} /> : <Empty icon={<HistoryOutlined aria-hidden="true" />} title={t("history.pick")} hint={t("history.pickHint")} />}
        </section>
      )}
    </div>
  );
}

function Found({ card, tail, chosen, words }: { card: ChatView; tail: string; chosen: boolean; words: string }) {
  const { t } = useTranslation();
  const name = visitorName(card.visitor);
  return (
    <li className={css.found} data-chosen={chosen || undefined}>
      <Link to={`/history/${card.id}${tail}`} aria-current={chosen ? "true" : undefined}>
        <Avatar id={card.visitor.id} name={name} size={34} />
        <span>
          <span className={css.line}><strong className="sb-cut"><Marked text={name} words={words} /></strong><time className="sb-num" title={moment(card.requested_at)}>{recent(card.requested_at)}</time></span>
          <span className="sb-cut sb-quiet">{card.last ? <Marked text={card.last.text} words={words} /> : t("desk.noMessage")}</span>
          <span className={css.line}>
            <span className="sb-cut sb-quiet">{[`#${card.number}`, card.agent?.name, card.department?.name].filter(Boolean).join(" · ")}</span>
            {card.status === "ended" ? card.rating ? <Chip tone={card.rating.grade >= 4 ? "good" : card.rating.grade <= 2 ? "bad" : "warn"}>★ {card.rating.grade}</Chip> : card.agent ? null : <Chip tone="bad">{t("history.missed")}</Chip> : <Chip tone={card.status === "offline" ? "warn" : "brand"}>{t(`chat.status.${card.status}`)}</Chip>}
          </span>
        </span>
      </Link>
    </li>
  );
}
