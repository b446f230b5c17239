import { BranchesOutlined, PlusOutlined } from "@ant-design/icons";
import { Chip, Page, type Tone } from "@switchboard/kit";
import { Button, Switch, Tooltip, type TableProps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAsk, useTry } from "@/app/ask";
import forms from "@/app/forms.module.css";
import { ListPanel } from "@/app/ListPanel";
import { useMay, useSession } from "@/app/session";
import { words } from "@/app/words";
import css from "./events.module.css";
import { filterTexts } from "./filterRows";
import { Applied } from "./OverviewPage";
import { subscriptions, usePipeline, useSubscriptions } from "./queries";
import { SubscriptionDialog } from "./SubscriptionDialog";
import type { SubscriptionState, SubscriptionView } from "./types";

const TONES: Record<SubscriptionState, Tone> = { declaring: "brand", active: "good", paused: "warn", draining: "brand", drained: "quiet", failed: "bad" };

/** Which events are copied to which queues. */
export default function SubscriptionsPage() {
  const { t } = useTranslation();
  const ask = useAsk();
  const attempt = useTry();
  const manages = useMay("manage_events");
  const everywhere = useMay("superadmin");
  const sites = useSession((session) => session.who?.sites);
  const all = useSubscriptions();
  const pipeline = usePipeline();
  const create = subscriptions.useCreate();
  const change = subscriptions.useChange();
  const remove = subscriptions.useRemove();
  const [editing, setEditing] = useState<SubscriptionView | "new" | null>(null);
  const siteName = (id: number | null) => (id === null ? t("events.sub.everySite") : (sites?.find((site) => site.id === id)?.name ?? `#${id}`));
  const columns: TableProps<SubscriptionView>["columns"] = [
    { title: t("events.sub.pattern"), key: "pattern", render: (_, one) => <span className={forms.name}><span><strong>{one.pattern}</strong><small>→ {one.queue}</small></span></span> },
    {
      title: t("events.sub.only"), key: "only", responsive: ["md"],
      render: (_, one) => <span className={forms.chips}><Chip>{siteName(one.site)}</Chip>{filterTexts(one.filter).map((text) => <Chip key={text} tone="brand">{text}</Chip>)}{one.built_in ? <Chip>{t("roles.builtIn")}</Chip> : null}</span>,
    },
    {
      title: t("events.sub.state"), key: "state", width: 130,
      render: (_, one) => <Tooltip title={one.trouble ?? words(`events.sub.stateHint.${one.state}`)}><span tabIndex={0}><Chip tone={TONES[one.state] ?? "quiet"}>{words(`events.sub.states.${one.state}`, one.state)}</Chip>{one.trouble ? <span className="sb-only-heard">{one.trouble}</span> : null}</span></Tooltip>,
    },
    { title: t("events.version"), dataIndex: "version", width: 86, align: "end", className: "sb-num", responsive: ["md"] },
    ...(manages ? [
      { title: t("common.enabled"), key: "enabled", width: 80, render: (_: unknown, one: SubscriptionView) => <Switch size="small" disabled={one.site === null && !everywhere} checked={one.enabled} loading={change.isPending && change.variables.id === one.id} aria-label={t("events.sub.enabledOf", { pattern: one.pattern, queue: one.queue })} onChange={(enabled) => toggle(one, enabled)} /> },
      {
        title: <span className="sb-only-heard">{t("common.actions")}</span>, key: "actions", width: 140,
        render: (_: unknown, one: SubscriptionView) => one.built_in || (one.site === null && !everywhere) ? null : (
          <span className={forms.actions}>
            <Button size="small" onClick={() => setEditing(one)}>{t("act.edit")}</Button>
            <Button size="small" type="text" danger onClick={() => ask({ title: t("events.sub.remove"), hint: t("events.sub.removeHint", { pattern: one.pattern, queue: one.queue }), verb: t("act.remove"), run: () => remove.mutateAsync(one.id) })}>{t("act.remove")}</Button>
          </span>
        ),
      },
    ] : []),
  ];
  const toggle = (one: SubscriptionView, enabled: boolean) => {
    const run = () => change.mutateAsync({ id: one.id, change: { enabled } });
    if (enabled) attempt(run());
    else ask({ title: t("events.sub.pause"), hint: t("events.sub.pauseHint", { pattern: one.pattern, queue: one.queue }), verb: t("events.queue.pause"), run });
  };
  const add = manages ? <Button type="primary" icon={<PlusOutlined aria-hidden="true" />} onClick={() => setEditing("new")}>{t("events.sub.add")}</Button> : null;
  return (
    <Page wide title={t("settings.subscriptions.title")} lead={t("settings.subscriptions.lead")} actions={add}>
      <ListPanel query={all} columns={columns} empty={{ icon: <BranchesOutlined aria-hidden="true" />, title: t("events.sub.none"), hint: t("events.sub.noneHint"), action: add }} />
      {all.data?.items.some((one) => one.trouble) ? (
        <ul className={css.troubles}>{all.data.items.filter((one) => one.trouble).map((one) => <li key={one.id} className={css.reason}>{one.pattern} → {one.queue}: {one.trouble}</li>)}</ul>
      ) : null}
      {pipeline.data ? <Applied now={pipeline.data} /> : null}
      {editing ? (
        <SubscriptionDialog
          subscription={editing === "new" ? null : editing}
          submit={(values) => (editing === "new" ? create.mutateAsync(values) : change.mutateAsync({ id: editing.id, change: values }))}
          onClose={() => setEditing(null)}
        />
      ) : null}
    </Page>
  );
}
