import { ApiOutlined, PlusOutlined } from "@ant-design/icons";
import { Chip, Page } from "@switchboard/kit";
import { Button, Switch, type TableProps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useAsk, useTry } from "@/app/ask";
import forms from "@/app/forms.module.css";
import { ListPanel } from "@/app/ListPanel";
import { Secret } from "@/app/Secret";
import { webhooks } from "./queries";
import type { HookView } from "./types";
import { WebhookDialog } from "./WebhookDialog";

export default function WebhooksPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const ask = useAsk();
  const attempt = useTry();
  const all = webhooks.useAll();
  const create = webhooks.useCreate();
  const change = webhooks.useChange();
  const remove = webhooks.useRemove();
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const columns: TableProps<HookView>["columns"] = [
    { title: t("webhooks.url"), key: "url", render: (_, one) => <span className={forms.name}><span><Link to={`/settings/webhooks/${one.id}`}>{one.url}</Link><small>{one.description}</small></span></span> },
    { title: t("webhooks.events"), key: "events", responsive: ["md"], render: (_, one) => <span className={forms.chips}>{one.events.map((name) => <Chip key={name}>{name}</Chip>)}</span> },
    {
      title: t("hooks.pace"), key: "pace", width: 130, responsive: ["lg"],
      render: (_, one) => <span className="sb-quiet sb-num">{one.rate_per_s ? t("hooks.perSecond", { rate: one.rate_per_s }) : t("hooks.unlimited")}</span>,
    },
    {
      title: t("webhooks.state"), key: "state", width: 110,
      render: (_, one) => (one.disabled_reason || one.disabled_why ? <Chip tone="bad">{t("hooks.disabled")}</Chip> : one.failing_since ? <Chip tone="warn">{t("hooks.failing")}</Chip> : <Chip tone={one.enabled ? "good" : "quiet"}>{t(one.enabled ? "common.on" : "common.off")}</Chip>),
    },
    { title: t("common.enabled"), key: "enabled", width: 90, render: (_, one) => <Switch size="small" checked={one.enabled} aria-label={t("webhooks.enabledOf", { url: one.url })} onChange={(enabled) => attempt(change.mutateAsync({ id: one.id, change: { enabled } }))} /> },
    {
      title: <span className="sb-only-heard">{t("common.actions")}</span>, key: "actions",
      width: 1,
      render: (_, one) => (
        <span className={forms.actions}>
          <Button size="small" onClick={() => void navigate(`/settings/webhooks/${one.id}`)}>{t("webhooks.log")}</Button>
          <Button size="small" type="text" danger onClick={() => ask({ title: t("webhooks.remove"), hint: t("webhooks.removeHint", { url: one.url }), verb: t("act.remove"), run: () => remove.mutateAsync(one.id) })}>{t("act.remove")}</Button>
        </span>
      ),
    },
  ];
  const add = <Button type="primary" icon={<PlusOutlined aria-hidden="true" />} onClick={() => setAdding(true)}>{t("webhooks.add")}</Button>;
  return (
    <Page title={t("settings.webhooks.title")} lead={t("settings.webhooks.lead")} actions={add}>
      <ListPanel query={all} columns={columns} empty={{ icon: <ApiOutlined aria-hidden="true" />, title: t("webhooks.none"), hint: t("webhooks.noneHint"), action: add }} />
      {adding ? <WebhookDialog webhook={null} submit={(values) => create.mutateAsync(values).then((made) => setSecret(made.secret))} onClose={() => setAdding(false)} /> : null}
      {secret ? <Secret title={t("webhooks.secret")} hint={t("webhooks.secretHint")} value={secret} onClose={() => setSecret(null)} /> : null}
    </Page>
  );
}
