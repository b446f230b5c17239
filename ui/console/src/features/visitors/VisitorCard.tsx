import type { ChatView } from "@switchboard/api";
import { Failure, Rows } from "@switchboard/kit";
import { useTranslation } from "react-i18next";
import { explain } from "@/app/errors";
import { useVisitorDetail } from "@/features/desk/queries";
import { VisitorPanel } from "@/features/desk/VisitorPanel";

/** A visitor who may not have a chat yet, in the panel's shape. */
export function VisitorCard({ id }: { id: string }) {
  const { t } = useTranslation();
  const detail = useVisitorDetail(id);
  if (detail.isLoading) return <Rows tall label={t("app.loading")} />;
  if (!detail.data) return <Failure title={t("problem.load")} detail={explain(detail.error)} retryLabel={t("act.retry")} onRetry={() => void detail.refetch()} />;
  const one = detail.data.visitor;
  const latest = detail.data.chats.find((chat) => chat.id === one.chat);
  const card: Pick<ChatView, "id" | "visitor" | "form" | "custom_fields"> = {
    id: one.chat ?? "",
    visitor: { id: one.id, name: one.name, email: latest?.visitor.email ?? null, country: one.country, city: one.city, browser: one.browser, os: one.os, page: one.page, referrer: one.referrer, visits: one.visits, language: one.language, online: true },
    form: latest?.form ?? {},
    custom_fields: latest?.custom_fields ?? [],
  };
  return <VisitorPanel card={card} />;
}
