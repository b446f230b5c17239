import { CheckCircleOutlined } from "@ant-design/icons";
import type { DeadLetterView } from "@switchboard/api";
import { Page } from "@switchboard/kit";
import { Button, type TableProps } from "antd";
import { useTranslation } from "react-i18next";
import { useAsk, useTry } from "@/app/ask";
import forms from "@/app/forms.module.css";
import { ListPanel } from "@/app/ListPanel";
import { moment } from "@/app/time";
import css from "./events.module.css";
import { deadLetters, useReplay } from "./queries";

export default function EventsPage() {
  const { t } = useTranslation();
  const ask = useAsk();
  const attempt = useTry();
  const all = deadLetters.useAll();
  const replay = useReplay();
  const drop = deadLetters.useRemove();
  const columns: TableProps<DeadLetterView>["columns"] = [
    { title: t("events.event"), key: "event", render: (_, one) => <span className={forms.name}><span><strong>{one.type}</strong><small>{one.consumer}</small></span></span> },
    { title: t("events.reason"), key: "reason", render: (_, one) => <span className={css.reason}>{one.causes.at(-1)?.why ?? "–"}</span> },
    { title: t("webhooks.attempts"), dataIndex: "attempts", width: 90, align: "end", className: "sb-num", responsive: ["md"] },
    { title: t("events.at"), key: "at", width: 190, responsive: ["md"], render: (_, one) => <span className="sb-num sb-quiet">{moment(one.died_at)}</span> },
    {
      title: <span className="sb-only-heard">{t("common.actions")}</span>, key: "actions",
      width: 150,
      render: (_, one) => (
        <span className={forms.actions}>
          <Button size="small" loading={replay.isPending && replay.variables === one.id} onClick={() => attempt(replay.mutateAsync(one.id), t("events.replayed"))}>{t("events.replay")}</Button>
          <Button size="small" type="text" danger onClick={() => ask({ title: t("events.dropTitle"), hint: t("events.dropHint", { event: one.type, consumer: one.consumer }), verb: t("events.drop"), run: () => drop.mutateAsync(one.id) })}>{t("events.drop")}</Button>
        </span>
      ),
    },
  ];
  return (
    <Page title={t("settings.events.title")} lead={t("settings.events.lead")} actions={<Button loading={all.isRefetching} onClick={() => void all.refetch()}>{t("act.refresh")}</Button>}>
      <ListPanel
        query={all}
        columns={columns}
        empty={{ icon: <CheckCircleOutlined aria-hidden="true" />, title: t("events.none"), hint: t("events.noneHint") }}
        expandable={{ expandedRowRender: (one) => <pre className={css.payload} tabIndex={0} aria-label={t("events.payload")}>{JSON.stringify({ event: one.event, key: one.key, causes: one.causes, payload: one.payload }, null, 2)}</pre> }}
      />
    </Page>
  );
}
