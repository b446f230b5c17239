import type { Page } from "@switchboard/api";
import { Empty, Failure, Panel, Rows } from "@switchboard/kit";
import type { UseQueryResult } from "@tanstack/react-query";
import { Table, type TableProps } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { explain } from "./errors";

interface ListPanelProps<View> {
  query: UseQueryResult<Page<View>>;
  columns: NonNullable<TableProps<View>["columns"]>;
  rowKey?: keyof View & string;
  empty: { title: string; hint: string; icon: ReactNode; action?: ReactNode };
  expandable?: TableProps<View>["expandable"];
}

/** A list with all its states: loading, refused, nothing yet, and the table. */
export function ListPanel<View extends object>({ query, columns, rowKey = "id" as keyof View & string, empty, expandable }: ListPanelProps<View>) {
  const { t } = useTranslation();
  const items = query.data?.items;
  return (
    <Panel flush>
      {query.isLoading ? <Rows label={t("app.loading")} /> : null}
      {query.isError && !items ? <Failure title={t("problem.load")} detail={explain(query.error)} retryLabel={t("act.retry")} onRetry={() => void query.refetch()} /> : null}
      {items?.length === 0 ? <Empty {...empty} /> : null}
      {items && items.length > 0 ? (
        <Table<View> size="small" rowKey={rowKey} columns={columns} dataSource={items} pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }} {...(expandable ? { expandable: { columnTitle: <span className="sb-only-heard">{t("common.details")}</span>, ...expandable } } : {})} scroll={{ x: "max-content" }} />
      ) : null}
    </Panel>
  );
}
