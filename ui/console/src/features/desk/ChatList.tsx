import type { ChatView, DeskView, Page } from "@switchboard/api";
import { Empty, Failure, Rows } from "@switchboard/kit";
import type { UseQueryResult } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { explain } from "@/app/errors";
import { ChatRow } from "./ChatRow";
import css from "./list.module.css";
import { useSetStatus } from "./queries";

export type Tab = "mine" | "queue" | "ended";
const TABS: Tab[] = ["mine", "queue", "ended"];

interface ChatListProps {
  tab: Tab;
  onTab: (tab: Tab) => void;
  desk: UseQueryResult<DeskView>;
  ended: UseQueryResult<Page<ChatView>>;
  chosen: string | undefined;
  onAccept: (chat: string) => void;
  accepting: string | undefined;
}

export function ChatList({ tab, onTab, desk, ended, chosen, onAccept, accepting }: ChatListProps) {
  const { t } = useTranslation();
  const counts: Record<Tab, number | null> = { mine: desk.data?.chats.length ?? null, queue: desk.data?.queue.length ?? null, ended: ended.data?.items.length ?? null };
  const source = tab === "ended" ? ended : desk;
  const cards = tab === "ended" ? ended.data?.items : tab === "queue" ? desk.data?.queue : desk.data?.chats;
  return (
    <section className={css.list} aria-label={t("desk.list")}>
      <div className={css.tabs} role="tablist" aria-label={t("desk.list")}>
        {TABS.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tab-${one}`}
            aria-selected={one === tab}
            aria-controls="chats"
            tabIndex={one === tab ? 0 : -1}
            data-alarm={(one === "queue" && (counts.queue ?? 0) > 0) || undefined}
            onClick={() => onTab(one)}
            onKeyDown={(event) => {
              const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
              if (by === undefined) return;
              const next = TABS[(TABS.indexOf(tab) + by + TABS.length) % TABS.length] ?? "mine";
              onTab(next);
              document.getElementById(`tab-${next}`)?.focus();
            }}
          >
            {t(`desk.tab.${one}`)}
            {counts[one] === null ? null : <span className="sb-num">{counts[one]}</span>}
          </button>
        ))}
      </div>
      <div id="chats" role="tabpanel" aria-labelledby={`tab-${tab}`} className={css.scroll} tabIndex={-1}>
        {source.isLoading ? <Rows tall label={t("app.loading")} /> : null}
        {source.isError && !cards ? <Failure compact title={t("desk.failed")} detail={explain(source.error)} retryLabel={t("act.retry")} onRetry={() => void source.refetch()} /> : null}
        {cards?.length === 0 ? <Empty compact title={t(`desk.empty.${tab}.title`)} hint={t(`desk.empty.${tab}.hint`)} /> : null}
        <ul>
          {cards?.map((card, at) => (
            <ChatRow key={card.id} card={card} place={at < 9 ? at + 1 : null} chosen={card.id === chosen} onAccept={onAccept} accepting={accepting === card.id} />
          ))}
        </ul>
      </div>
      {desk.data ? <DeskFoot desk={desk.data} /> : null}
    </section>
  );
}

/** Why nothing comes, said before anybody wonders. */
function DeskFoot({ desk }: { desk: DeskView }) {
  const { t } = useTranslation();
  const { status, load, chat_limit, accepts_chats } = desk.me;
  const setStatus = useSetStatus();
  const key = !accepts_chats ? "refuses" : status !== "online" ? status : load >= chat_limit ? "full" : null;
  if (!key) return null;
  return (
    <footer className={css.foot}>
      <p role="status">{t(`desk.foot.${key}`, { limit: chat_limit })}</p>
      {key === "away" || key === "offline" ? <Button size="small" loading={setStatus.isPending} onClick={() => setStatus.mutate("online")}>{t("desk.foot.goOnline")}</Button> : null}
    </footer>
  );
}
