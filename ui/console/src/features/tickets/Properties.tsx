import { Facts } from "@switchboard/kit";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useTry } from "@/app/ask";
import { useMay } from "@/app/session";
import { moment } from "@/app/time";
import { useDepartments } from "@/features/desk/queries";
import { Clocks } from "./marks";
import { useChangeTicket, usePeople } from "./queries";
import css from "./ticket.module.css";
import { type Named, PRIORITIES, STATUSES, type TicketPatch, type TicketView } from "./types";

const withOwn = (list: Named[], own: Named | null) => (own && !list.some(({ id }) => id === own.id) ? [own, ...list] : list);

/** What the ticket is; each change takes effect at once and stands in the conversation. */
export function Properties({ ticket }: { ticket: TicketView }) {
  const { t } = useTranslation();
  const attempt = useTry();
  const change = useChangeTicket(String(ticket.id));
  const people = withOwn(usePeople(), ticket.assignee);
  const departments = withOwn(useDepartments().data?.items ?? [], ticket.department);
  const history = useMay("view_history");
  const closed = ticket.status === "closed";
  const set = (patch: TicketPatch) => attempt(change.mutateAsync(patch));
  const busy = (name: keyof TicketPatch) => change.isPending && change.variables !== undefined && name in change.variables;
  const named = (name: "assignee" | "department", list: Named[]) => (
    <label className={css.property}>
      <span>{t(`tickets.field.${name}`)}</span>
      <Select<number> allowClear showSearch disabled={closed} optionFilterProp="label" placeholder={t("tickets.nobody")} loading={busy(name)} value={ticket[name]?.id ?? null} options={list.map(({ id, name: label }) => ({ value: id, label }))} onChange={(value: number | undefined) => set({ [name]: value ?? null })} aria-label={t(`tickets.field.${name}`)} />
    </label>
  );
  return (
    <aside className={css.panel} aria-label={t("tickets.properties")}>
      <section>
        <h2>{t("tickets.deadlines")}</h2>
        <Clocks sla={ticket.sla} />
      </section>
      <section>
        <h2>{t("tickets.properties")}</h2>
        <label className={css.property}>
          <span>{t("tickets.field.status")}</span>
          <Select disabled={closed} loading={busy("status")} value={ticket.status} aria-label={t("tickets.field.status")} options={STATUSES.filter((one) => one !== "new" || ticket.status === "new").map((value) => ({ value, label: t(`tickets.status.${value}`) }))} onChange={(status) => set({ status })} />
        </label>
        <label className={css.property}>
          <span>{t("tickets.field.priority")}</span>
          <Select disabled={closed} loading={busy("priority")} value={ticket.priority} aria-label={t("tickets.field.priority")} options={PRIORITIES.map((value) => ({ value, label: t(`tickets.priority.${value}`) }))} onChange={(priority) => set({ priority })} />
        </label>
        {named("assignee", people)}
        {named("department", departments)}
        <label className={css.property}>
          <span>{t("tickets.field.tags")}</span>
          <Select mode="tags" open={false} suffixIcon={null} disabled={closed} value={ticket.tags} tokenSeparators={[",", " "]} aria-label={t("tickets.field.tags")} onChange={(tags: string[]) => set({ tags })} />
        </label>
      </section>
      <section>
        <h2>{t("tickets.about")}</h2>
        <Facts
          items={[
            [t("tickets.requester"), ticket.requester.name || "–"],
            ...(ticket.requester.email ? [[t("field.email"), <a key="mail" href={`mailto:${ticket.requester.email}`}>{ticket.requester.email}</a>] as [string, React.ReactNode]] : []),
            [t("tickets.source.label"), t(`tickets.source.${ticket.source}`)],
            [t("tickets.created"), moment(ticket.created_at)],
            [t("tickets.updated"), moment(ticket.updated_at)],
            ...(ticket.chat && history ? [[t("tickets.chat"), <Link key="chat" to={`/history/${ticket.chat}`}>{t("tickets.toChat")}</Link>] as [string, React.ReactNode]] : []),
            ...(ticket.follows ? [[t("tickets.follows"), `#${ticket.follows}`] as [string, React.ReactNode]] : []),
          ]}
        />
      </section>
    </aside>
  );
}
