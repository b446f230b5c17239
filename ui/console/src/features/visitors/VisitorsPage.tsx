import { SearchOutlined, TeamOutlined } from "@ant-design/icons";
import type { LiveVisitorView, VisitorStatus } from "@switchboard/api";
import { Avatar, Chip, Empty, Failure, Page, Panel, Rows, type Tone } from "@switchboard/kit";
import { Drawer, Input, Select, Table, type TableProps } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { explain } from "@/app/errors";
import { Allowed } from "@/app/guards";
import { visitorName } from "@/app/people";
import { usePhone } from "@/app/prefs";
import { country, placeOf } from "@/app/places";
import { timer, useNow } from "@/app/time";
import { Address } from "@/features/desk/PanelParts";
import { useVisitors } from "./queries";
import { VisitorCard } from "./VisitorCard";
import css from "./visitors.module.css";

const STATUSES: VisitorStatus[] = ["chatting", "waiting", "browsing"];
const TONES: Record<VisitorStatus, Tone> = { chatting: "good", waiting: "warn", browsing: "quiet" };

export default function VisitorsPage() {
  return (
    <Allowed need="view_visitors">
      <Board />
    </Allowed>
  );
}

function Board() {
  const { t } = useTranslation();
  const phone = usePhone();
  const [params, setParams] = useSearchParams();
  const board = useVisitors();
  const [open, setOpen] = useState<string | null>(null);
  const status = params.get("status") as VisitorStatus | null;
  const from = params.get("country");
  const words = params.get("q") ?? "";
  const put = (name: string, value: string | null | undefined) =>
    setParams((old) => {
      const next = new URLSearchParams(old);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    }, { replace: true });

  const items = board.data?.items;
  const countries = useMemo(() => [...new Set(items?.map((one) => one.country).filter((code): code is string => Boolean(code)))].sort(), [items]);
  const shown = useMemo(() => {
    const sought = words.toLowerCase();
    return (items ?? []).filter(
      (one) =>
        (!status || one.status === status) &&
        (!from || one.country === from) &&
        (!sought || [one.name, one.page?.title, one.page?.url, one.referrer, one.city].some((text) => text?.toLowerCase().includes(sought))),
    );
  }, [items, status, from, words]);
  const count = (one: VisitorStatus) => items?.filter((visitor) => visitor.status === one).length ?? 0;

  return (
    <Page wide title={t("nav.visitors")} lead={t("visitors.lead")}>
      <ul className={css.tallies}>
        <Tally label={t("visitors.all")} value={items?.length ?? 0} chosen={!status} onClick={() => put("status", null)} />
        {STATUSES.map((one) => (
          <Tally key={one} label={t(`visitor.status.${one}`)} value={count(one)} tone={TONES[one]} chosen={status === one} onClick={() => put("status", status === one ? null : one)} />
        ))}
      </ul>
      <Panel flush>
        <div className={css.filters}>
          <Input allowClear prefix={<SearchOutlined aria-hidden="true" />} defaultValue={words} placeholder={t("visitors.search")} aria-label={t("visitors.search")} onChange={(event) => put("q", event.target.value)} />
          <Select allowClear value={from} placeholder={t("visitors.country")} aria-label={t("visitors.country")} onChange={(code: string) => put("country", code)} options={countries.map((code) => ({ value: code, label: country(code) }))} />
          <span className="sb-quiet sb-num" role="status">{t("visitors.shown", { count: shown.length })}</span>
        </div>
        {board.isLoading ? <Rows tall label={t("app.loading")} /> : null}
        {board.isError && !items ? <Failure title={t("problem.load")} detail={explain(board.error)} retryLabel={t("act.retry")} onRetry={() => void board.refetch()} /> : null}
        {items && shown.length === 0 ? <Empty icon={<TeamOutlined aria-hidden="true" />} title={t(items.length ? "visitors.noneFound" : "visitors.none")} hint={t(items.length ? "visitors.noneFoundHint" : "visitors.noneHint")} /> : null}
        {shown.length > 0 ? phone ? (
          <ul className={css.cards}>
            {shown.slice(0, 200).map((one) => (
              <li key={one.id}>
                <button type="button" onClick={() => setOpen(one.id)}>
                  <Who visitor={one} />
                  <span className="sb-cut sb-quiet">{one.page?.title ?? one.page?.url}</span>
                  <span className={css.cardFoot}><Chip tone={TONES[one.status]}>{t(`visitor.status.${one.status}`)}</Chip><OnSite since={one.since} /></span>
                </button>
              </li>
            ))}
          </ul>
        ) : (
          <BoardTable items={shown} onOpen={setOpen} />
        ) : null}
      </Panel>
      <Drawer open={open !== null} onClose={() => setOpen(null)} title={t("desk.panel")} size={phone ? "100%" : 380} styles={{ body: { padding: 0 } }}>
        {open ? <VisitorCard id={open} /> : null}
      </Drawer>
    </Page>
  );
}

function BoardTable({ items, onOpen }: { items: LiveVisitorView[]; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const columns: TableProps<LiveVisitorView>["columns"] = [
    { title: t("visitors.visitor"), key: "name", width: 220, fixed: "start", render: (_, one) => <button type="button" className={css.open} onClick={() => onOpen(one.id)}><Who visitor={one} /></button>, sorter: (a, b) => (a.name ?? "").localeCompare(b.name ?? "") },
    { title: t("visitors.status"), key: "status", width: 110, render: (_, one) => <Chip tone={TONES[one.status]}>{t(`visitor.status.${one.status}`)}</Chip> },
    { title: t("visitor.page"), key: "page", ellipsis: true, render: (_, one) => (one.page?.url ? <Address url={one.page.url} title={one.page.title} /> : "–") },
    { title: t("visitor.referrer"), key: "referrer", ellipsis: true, width: 170, render: (_, one) => (one.referrer ? <Address url={one.referrer} /> : <span className="sb-quiet">{t("visitor.direct")}</span>) },
    { title: t("visitor.browser"), key: "browser", width: 200, ellipsis: true, render: (_, one) => <span className="sb-quiet">{[one.browser, one.os].filter(Boolean).join(" · ")}</span> },
    { title: t("visitor.visits"), dataIndex: "visits", width: 104, align: "end", className: "sb-num", sorter: (a, b) => a.visits - b.visits },
    { title: t("visitors.pages"), dataIndex: "pages", width: 86, align: "end", className: "sb-num", sorter: (a, b) => a.pages - b.pages },
    { title: t("visitors.onSite"), key: "since", width: 110, align: "end", render: (_, one) => <OnSite since={one.since} />, sorter: (a, b) => b.since.localeCompare(a.since) },
  ];
  return <Table<LiveVisitorView> className={css.board ?? ""} size="small" rowKey="id" columns={columns} dataSource={items} scroll={{ x: 1080 }} pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }} onRow={(one) => ({ onDoubleClick: () => onOpen(one.id) })} />;
}

function Who({ visitor }: { visitor: LiveVisitorView }) {
  const name = visitorName(visitor);
  return (
    <span className={css.who}>
      <Avatar id={visitor.id} name={name} size={28} />
      <span>
        <strong className="sb-cut">{name}</strong>
        <small className="sb-cut">{placeOf(visitor.country, visitor.city)}</small>
      </span>
    </span>
  );
}

function OnSite({ since }: { since: string }) {
  const now = useNow();
  return <time className="sb-num">{timer((now - Date.parse(since)) / 1000)}</time>;
}

function Tally({ label, value, tone, chosen, onClick }: { label: string; value: number; tone?: Tone; chosen: boolean; onClick: () => void }) {
  return (
    <li>
      <button type="button" aria-pressed={chosen} data-tone={tone} onClick={onClick}>
        <strong className="sb-num">{value}</strong>
        <span>{label}</span>
      </button>
    </li>
  );
}
