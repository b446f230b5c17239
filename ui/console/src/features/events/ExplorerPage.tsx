import { SearchOutlined } from "@ant-design/icons";
import { Page } from "@switchboard/kit";
import { Button, Select, type TableProps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useAsked } from "@/app/asked";
import { PagesPanel } from "@/app/PagesPanel";
import { Search } from "@/app/Search";
import { TimeRange } from "@/app/TimeRange";
import { exact } from "@/app/time";
import css from "./events.module.css";
import { RetentionDialog } from "./RetentionDialog";
import { useEvents, useRetention, useTypes } from "./queries";
import type { EventRow } from "./types";

const NAMES = ["type", "key", "id", "from", "to"] as const;

/** Every event of the archive that answers a question. */
export default function ExplorerPage() {
  const { t } = useTranslation();
  const { filter, put, clear, any } = useAsked(NAMES);
  const types = useTypes();
  const events = useEvents(filter);
  const retention = useRetention().data;
  const [keeping, setKeeping] = useState(false);
  const columns: TableProps<EventRow>["columns"] = [
    { title: t("events.when"), key: "at", width: 190, render: (_, one) => <time className="sb-num" dateTime={one.at}>{exact(one.at)}</time> },
    { title: t("events.event"), key: "type", width: 210, render: (_, one) => <Link to={one.id} state={{ back: true }}>{one.type}</Link> },
    { title: t("events.summary"), key: "summary", responsive: ["md"], render: (_, one) => (one.summary ? <span className={css.summary} title={one.summary}>{one.summary}</span> : <span className="sb-quiet">–</span>) },
    { title: t("events.key"), key: "key", width: 190, responsive: ["md"], render: (_, one) => <button type="button" className={css.key} title={t("events.sameKey")} onClick={() => put({ key: one.key })}>{one.key}</button> },
  ];
  const none = any ? { title: t("events.noneFound"), hint: t("events.noneFoundHint"), action: <Button onClick={clear}>{t("history.clear")}</Button> } : { title: t("events.noEvents"), hint: t("events.noEventsHint") };
  return (
    <Page wide title={t("settings.explorer.title")} lead={t("settings.explorer.lead")} actions={<>{retention ? <Button onClick={() => setKeeping(true)}>{t("events.keep.do", { count: retention.days ?? retention.default_days })}</Button> : null}<Button loading={events.isRefetching && !events.isFetchingNextPage} onClick={() => void events.refetch()}>{t("act.refresh")}</Button></>}>
      <PagesPanel
        query={events}
        columns={columns}
        empty={{ icon: <SearchOutlined aria-hidden="true" />, ...none }}
        head={
          <>
            <Select allowClear showSearch value={filter.type || null} placeholder={t("events.event")} aria-label={t("events.event")} options={types} onChange={(type: string | undefined) => put({ type: type ?? "" })} />
            <Search value={filter.key} label={t("events.keyHint")} onChange={(key) => put({ key })} />
            <Search value={filter.id} label={t("events.id")} onChange={(id) => put({ id })} />
            <TimeRange value={filter} onChange={put} />
          </>
        }
      />
      {keeping && retention ? <RetentionDialog retention={retention} onClose={() => setKeeping(false)} /> : null}
    </Page>
  );
}
