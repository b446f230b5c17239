import { ArrowLeftOutlined, ProfileOutlined } from "@ant-design/icons";
import { Empty, Failure, Rows, useTitle } from "@switchboard/kit";
import { Button, Drawer } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate, useParams } from "react-router";
import { explain } from "@/app/errors";
import { Allowed } from "@/app/guards";
import { useHotkeys } from "@/app/hotkeys";
import { useNarrow, usePhone } from "@/app/prefs";
import { dayKey, longDay } from "@/app/time";
import { EntryLine } from "./EntryLine";
import { DueChip, PriorityMark, StatusChip } from "./marks";
import { Properties } from "./Properties";
import { markSeen, useEntries, useTicket } from "./queries";
import { ReplyBox } from "./ReplyBox";
import css from "./ticket.module.css";

export default function TicketPage() {
  const { id = "" } = useParams();
  return (
    <Allowed need="answer_tickets">
      <Ticket key={id} id={id} />
    </Allowed>
  );
}

/** One ticket: what was said, what to answer, and what it is. */
function Ticket({ id }: { id: string }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const narrow = useNarrow();
  const navigate = useNavigate();
  const from = (useLocation().state as { from?: string } | null)?.from ?? "";
  const found = useTicket(id);
  useTitle(found.data ? `#${found.data.number} ${found.data.subject}` : null, t("nav.tickets"));
  const entries = useEntries(id);
  const [open, setOpen] = useState(false);
  const scroll = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const back = () => void navigate(`/tickets${from}`);
  useHotkeys([
    { code: "KeyU", run: back },
    { code: "KeyR", run: () => field.current?.focus() },
  ]);
  const count = entries.data?.length ?? 0;
  // The newest words stay in sight while pictures arrive and the reply grows, until somebody scrolls up.
  const follows = useRef(true);
  useEffect(() => {
    const box = scroll.current;
    if (!box || count === 0) return;
    const watch = new ResizeObserver(() => follows.current && (box.scrollTop = box.scrollHeight));
    watch.observe(box);
    for (const child of box.children) watch.observe(child);
    return () => watch.disconnect();
  }, [count]);

  const ticket = found.data;
  const unread = Boolean(ticket?.unread);
  useEffect(() => {
    if (unread) markSeen(id);
  }, [id, unread, count]);
  if (found.isError && !ticket) return <Failure title={t("tickets.notFound")} detail={explain(found.error)} retryLabel={t("act.retry")} onRetry={() => void found.refetch()} />;
  if (!ticket) return <Rows tall label={t("app.loading")} />;
  const properties = <Properties ticket={ticket} />;
  return (
    <div className={css.ticket} data-panel={!narrow || undefined}>
      <section className={css.thread} aria-label={t("tickets.conversation")}>
        <header className={css.head}>
          <Button type="text" icon={<ArrowLeftOutlined aria-hidden="true" />} aria-label={t("tickets.back")} title={t("tickets.back")} onClick={back} />
          <div className={css.title}>
            <h1>{ticket.subject}</h1>
            <p className="sb-quiet sb-cut">{[`#${ticket.number}`, ticket.requester.name || ticket.requester.email].filter(Boolean).join(" · ")}</p>
          </div>
          {phone ? null : <><PriorityMark priority={ticket.priority} /><DueChip sla={ticket.sla} /></>}
          <StatusChip status={ticket.status} />
          {narrow ? <Button icon={<ProfileOutlined aria-hidden="true" />} aria-label={t("tickets.properties")} aria-expanded={open} onClick={() => setOpen(true)} /> : null}
        </header>
        <div className={css.scroll} ref={scroll} tabIndex={0} role="log" aria-label={t("tickets.conversation")} onScroll={({ currentTarget: box }) => (follows.current = box.scrollHeight - box.scrollTop - box.clientHeight < 48)}>
          {entries.isLoading ? <Rows tall label={t("app.loading")} /> : null}
          {entries.isError && !entries.data ? <Failure compact title={t("problem.load")} detail={explain(entries.error)} retryLabel={t("act.retry")} onRetry={() => void entries.refetch()} /> : null}
          {entries.data && count === 0 ? <Empty compact title={t("tickets.noEntries")} /> : null}
          <ol className={css.entries}>
            {entries.data?.map((entry, at) => {
              const before = entries.data[at - 1];
              const newDay = !before || dayKey(before.at) !== dayKey(entry.at);
              return [newDay ? <li key={`day-${entry.seq}`} className={css.day}><span>{longDay(entry.at)}</span></li> : null, <EntryLine key={entry.seq} entry={entry} />];
            })}
          </ol>
        </div>
        <ReplyBox ticket={ticket} field={field} />
      </section>
      {narrow ? <Drawer open={open} onClose={() => setOpen(false)} title={t("tickets.properties")} size={phone ? "100%" : 340} styles={{ body: { padding: 0 } }}>{properties}</Drawer> : properties}
    </div>
  );
}
