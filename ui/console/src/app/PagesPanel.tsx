import type { Page } from "@switchboard/api";
import { Empty, Failure, Panel, Rows } from "@switchboard/kit";
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { Button, Table, type TableProps } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { explain } from "./errors";
import css from "./forms.module.css";

interface PagesPanelProps<View> {
  query: UseInfiniteQueryResult<InfiniteData<Page<View>>>;
  columns: NonNullable<TableProps<View>["columns"]>;
  rowKey?: keyof View & string;
  /** What stands above the list and stays there: the filters. */
  head?: ReactNode;
  empty: { title: string; hint: string; icon: ReactNode; action?: ReactNode };
  expandable?: TableProps<View>["expandable"];
}

/** A list that is fetched page after page, with all its states. */
export function PagesPanel<View extends object>({ query, columns, rowKey = "id" as keyof View & string, head, empty, expandable }: PagesPanelProps<View>) {
  const { t } = useTranslation();
  const items = query.data?.pages.flatMap((page) => page.items);
  return (
    <Panel flush>
      {head ? <div className={css.filters}>{head}</div> : null}
      {query.isLoading ? <Rows label={t("app.loading")} /> : null}
      {query.isError && !items ? <Failure title={t("problem.load")} detail={explain(query.error)} retryLabel={t("act.retry")} onRetry={() => void query.refetch()} /> : null}
      {items?.length === 0 ? <Empty {...empty} /> : null}
      {items && items.length > 0 ? (
        <div className={css.pages} data-stale={query.isPlaceholderData || undefined}>
          <Table<View> size="small" rowKey={rowKey} columns={columns} dataSource={items} pagination={false} {...(expandable ? { expandable: { columnWidth: 40, columnTitle: <span className="sb-only-heard">{t("common.details")}</span>, ...expandable } } : {})} scroll={{ x: "max-content" }} />
        </div>
      ) : null}
      {query.hasNextPage ? <Button block type="text" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t("act.more")}</Button> : null}
    </Panel>
  );
}
