import { CustomerServiceOutlined, PlusOutlined, SaveOutlined } from "@ant-design/icons";
import { Avatar, Empty, Failure, Rows, useTitle } from "@switchboard/kit";
import { Button, Select } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useNavigate } from "react-router";
import { useAsked } from "@/app/asked";
import { explain } from "@/app/errors";
import { Allowed } from "@/app/guards";
import { useHotkeys } from "@/app/hotkeys";
import { usePhone } from "@/app/prefs";
import { Search } from "@/app/Search";
import { brief } from "@/app/time";
import { ASKED } from "./filter";
import { DueChip, PriorityMark, StatusChip } from "./marks";
import { NewTicketDialog } from "./NewTicketDialog";
import { usePeople, useTickets, useViews } from "./queries";
import css from "./tickets.module.css";
import { PRIORITIES, STATUSES, type TicketCard } from "./types";
import { ViewDialog } from "./ViewDialog";
import { ViewList } from "./ViewList";

export default function TicketsPage() {
  return (
    <Allowed need="answer_tickets">
      <Tickets />
    </Allowed>
  );
}

/** Views at the side, the tickets of the chosen one beside it. The address holds the whole question. */
function Tickets() {
  const { t } = useTranslation();
  const phone = usePhone();
  const navigate = useNavigate();
  const { search } = useLocation();
  const { filter: asked, put } = useAsked(ASKED);
  const question = { ...asked, view: asked.view || "unsolved" };
  const tickets = useTickets(question);
  const saved = useViews().data?.items ?? [];
  useTitle(t("nav.tickets"));
  const people = usePeople();
  const [at, setAt] = useState(-1);
  const [opening, setOpening] = useState(false);
  const [saving, setSaving] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const rows = tickets.data?.pages.flatMap((page) => page.items);
  const count = rows?.length ?? 0;
  const narrowed = ASKED.some((name) => name !== "view" && name !== "sort" && asked[name] !== "");

  useEffect(() => setAt(-1), [search]);
  const step = (by: number) => {
    if (count === 0) return;
    const next = Math.max(0, Math.min(count - 1, at + by));
    setAt(next);
    list.current?.querySelectorAll("a")[next]?.focus();
  };
  const open = (ticket: TicketCard | undefined) => ticket && void navigate(`/tickets/${ticket.id}`, { state: { from: search } });
  useHotkeys([
    { code: "KeyJ", run: () => step(1) },
    { code: "KeyK", run: () => step(-1) },
    { code: "KeyN", run: () => setOpening(true) },
  ]);
  const select = (name: "status" | "priority" | "assignee", options: { value: string; label: string }[]) => (
    <Select allowClear value={asked[name] || null} placeholder={t(`tickets.field.${name}`)} aria-label={t(`tickets.field.${name}`)} options={options} onChange={(value: string | undefined) => put({ [name]: value ?? "" })} />
  );
  return (
    <div className={css.tickets}>
      <ViewList views={saved} chosen={question.view} onChoose={(view) => put({ ...Object.fromEntries(ASKED.map((name) => [name, ""])), view })} />
      <section className={css.main} aria-label={t("nav.tickets")}>
        <header className={css.bar}>
          <h1>{t("nav.tickets")}</h1>
          <Button type="primary" icon={<PlusOutlined aria-hidden="true" />} onClick={() => setOpening(true)}>{t("tickets.new.title")}</Button>
        </header>
        <div className={css.filters} role="search">
          <Search value={asked.q} label={t("tickets.search")} onChange={(q) => put({ q })} />
          {select("status", STATUSES.map((value) => ({ value, label: t(`tickets.status.${value}`) })))}
          {select("priority", PRIORITIES.map((value) => ({ value, label: t(`tickets.priority.${value}`) })))}
          {select("assignee", [{ value: "me", label: t("tickets.me") }, { value: "none", label: t("tickets.nobody") }, ...people.map(({ id, name }) => ({ value: String(id), label: name }))])}
          <Select value={asked.sort || "view"} aria-label={t("tickets.sort.label")} options={[{ value: "view", label: t("tickets.sort.view") }, ...(["updated", "created", "priority", "due"] as const).map((value) => ({ value, label: t(`tickets.sort.${value}`) }))]} onChange={(sort: string) => put({ sort: sort === "view" ? "" : sort })} />
          {narrowed && !phone ? <Button type="text" icon={<SaveOutlined aria-hidden="true" />} onClick={() => setSaving(true)}>{t("tickets.view.save")}</Button> : null}
        </div>
        <div className={css.scroll}>
          {tickets.isLoading ? <Rows tall label={t("app.loading")} /> : null}
          {tickets.isError && !rows ? <Failure title={t("problem.load")} detail={explain(tickets.error)} retryLabel={t("act.retry")} onRetry={() => void tickets.refetch()} /> : null}
          {rows && count === 0 ? <Empty icon={<CustomerServiceOutlined aria-hidden="true" />} title={t(narrowed ? "events.noneFound" : "tickets.none")} hint={t(narrowed ? "tickets.noneFoundHint" : "tickets.noneHint")} /> : null}
          <ul ref={list} className={css.list} data-stale={tickets.isPlaceholderData || undefined} aria-label={t("nav.tickets")}>
            {rows?.map((ticket, index) => <Row key={ticket.id} ticket={ticket} from={search} onFocus={() => setAt(index)} />)}
          </ul>
          {tickets.hasNextPage ? <Button block type="text" loading={tickets.isFetchingNextPage} onClick={() => void tickets.fetchNextPage()}>{t("act.more")}</Button> : null}
        </div>
        {phone || count === 0 ? null : <p className={css.keys}>{t("tickets.keys")}</p>}
      </section>
      {opening ? <NewTicketDialog onMade={open} onClose={() => setOpening(false)} /> : null}
      {saving ? <ViewDialog question={question} from={saved.find(({ id }) => String(id) === question.view)} onMade={(id) => put({ ...Object.fromEntries(ASKED.map((name) => [name, ""])), view: String(id) })} onClose={() => setSaving(false)} /> : null}
    </div>
  );
}

function Row({ ticket, from, onFocus }: { ticket: TicketCard; from: string; onFocus: () => void }) {
  const { t } = useTranslation();
  const who = ticket.requester.name || ticket.requester.email || t("desk.visitor");
  return (
    <li className={css.row} data-unread={Boolean(ticket.unread) || undefined}>
      <Link to={`/tickets/${ticket.id}`} state={{ from }} onFocus={onFocus}>
        <span className={css.state}><StatusChip status={ticket.status} /></span>
        <span className={css.what}>
          <strong className="sb-cut">{ticket.subject}</strong>
          <span className="sb-cut sb-quiet">{`#${ticket.number} · ${who}`}{ticket.tags.length > 0 ? ` · ${ticket.tags.join(", ")}` : ""}</span>
        </span>
        {ticket.unread ? <span className="sb-only-heard">{t("tickets.unread")}</span> : null}
        <span className={css.marks}><PriorityMark priority={ticket.priority} /><DueChip sla={ticket.sla} /></span>
        <span className={css.with}>
          {ticket.assignee ? <Avatar id={ticket.assignee.id} name={ticket.assignee.name} size={24} /> : null}
          <span className="sb-cut">{ticket.assignee?.name ?? ticket.department?.name ?? t("tickets.nobody")}</span>
        </span>
        <time className="sb-num" dateTime={ticket.updated_at}>{brief(ticket.updated_at)}</time>
      </Link>
    </li>
  );
}
