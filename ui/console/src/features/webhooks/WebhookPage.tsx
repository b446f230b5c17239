import { ArrowLeftOutlined, SendOutlined } from "@ant-design/icons";
import type { DeliveryStatus, DeliveryView } from "@switchboard/api";
import { Chip, Empty, Failure, Page, Panel, Rows, type Tone } from "@switchboard/kit";
import { Button, Checkbox, Form, Segmented, Table, type TableProps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useAsk, useTry } from "@/app/ask";
import { explain } from "@/app/errors";
import { FormDialog } from "@/app/FormDialog";
import forms from "@/app/forms.module.css";
import { Secret } from "@/app/Secret";
import { moment } from "@/app/time";
import { filterTexts } from "@/features/events/filterRows";
import { DeliveryCard } from "./DeliveryCard";
import { useDeliveries, useExpireSecrets, useResend, useRotate, useTest, webhooks } from "./queries";
import { ResendDialog } from "./ResendDialog";
import type { Rotation } from "./types";
import { AlgorithmSelect, WebhookDialog } from "./WebhookDialog";
import css from "./webhooks.module.css";

const STATUSES: DeliveryStatus[] = ["pending", "delivered", "failed", "held"];
export const DELIVERY_TONES: Record<DeliveryStatus, Tone> = { pending: "quiet", delivered: "good", failed: "bad", held: "warn" };

export default function WebhookPage() {
  const { t } = useTranslation();
  const id = Number(useParams().id);
  const attempt = useTry();
  const ask = useAsk();
  const webhook = webhooks.useOne(id);
  const change = webhooks.useChange();
  const [status, setStatus] = useState<DeliveryStatus | "all">("all");
  const log = useDeliveries(id, status === "all" ? null : status);
  const resend = useResend(id);
  const test = useTest(id);
  const rotate = useRotate(id);
  const expire = useExpireSecrets(id);
  const [editing, setEditing] = useState(false);
  const [many, setMany] = useState(false);
  const [rotating, setRotating] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const items = log.data?.pages.flatMap((page) => page.items);

  if (webhook.isError && !webhook.data) return <Failure title={t("problem.load")} detail={explain(webhook.error)} retryLabel={t("act.retry")} onRetry={() => void webhook.refetch()} />;
  const one = webhook.data;
  if (!one) return <Rows count={8} label={t("app.loading")} />;
  const oldSecret = one.old_secrets_until?.find((until) => Date.parse(until) > Date.now());
  const columns: TableProps<DeliveryView>["columns"] = [
    { title: t("webhooks.state"), key: "status", width: 120, render: (_, row) => <Chip tone={DELIVERY_TONES[row.status]}>{t(`webhooks.status.${row.status}`)}</Chip> },
    { title: t("webhooks.event"), dataIndex: "type", width: 160 },
    { title: t("webhooks.at"), key: "at", width: 190, render: (_, row) => <span className="sb-num">{moment(row.created_at)}</span> },
    { title: t("webhooks.answer"), key: "answer", render: (_, row) => <span className={row.status === "failed" || (row.last_status ?? 0) >= 300 ? css.reason : "sb-quiet sb-num"}>{row.last_status ?? (row.attempts > 0 ? t("webhooks.noAnswer") : "–")}</span> },
    { title: t("webhooks.attempts"), dataIndex: "attempts", width: 90, align: "end", className: "sb-num", responsive: ["md"] },
    { title: <span className="sb-only-heard">{t("common.actions")}</span>, key: "actions", width: 100, render: (_, row) => <span className={forms.actions}><Button size="small" type="text" loading={resend.isPending && resend.variables === row.id} onClick={() => attempt(resend.mutateAsync(row.id), t("webhooks.resent"))}>{t("webhooks.resend")}</Button></span> },
  ];
  return (
    <Page
      wide
      title={one.url}
      lead={one.description || one.events.join(", ")}
      back={<Link to="/settings/webhooks"><ArrowLeftOutlined aria-hidden="true" /> {t("settings.webhooks.title")}</Link>}
      actions={
        <>
          <Button icon={<SendOutlined aria-hidden="true" />} loading={test.isPending} onClick={() => attempt(test.mutateAsync(), t("webhooks.tested"))}>{t("webhooks.test")}</Button>
          <Button onClick={() => setRotating(true)}>{t("webhooks.rotateDo")}</Button>
          <Button type="primary" onClick={() => setEditing(true)}>{t("act.edit")}</Button>
        </>
      }
    >
      {one.disabled_reason || one.disabled_why || one.failing_since ? (
        <p className={forms.warn} role="status">
          {one.disabled_why && one.disabled_reason !== "gone" ? t("hooks.why", { why: one.disabled_why }) : one.disabled_reason === "gone" ? t("webhooks.gone") : one.disabled_reason ? t("webhooks.gaveUp") : t("webhooks.failingSince", { at: moment(one.failing_since ?? "") })}
        </p>
      ) : null}
      <Panel>
        <dl className={css.facts}>
          {([
            [t("webhooks.events"), one.events.join(", ")],
            [t("hooks.filter"), filterTexts(one.filter ?? null).join(", ") || "–"],
            [t("hooks.rate"), one.rate_per_s ?? t("hooks.unlimited")],
            [t("hooks.inFlight"), one.max_in_flight ?? "–"],
            [t("hooks.schedule"), one.schedule?.length ? one.schedule.join(", ") : "–"],
            [t("hooks.holdBack"), one.hold_back_s ?? 900],
            [t("hooks.algorithm"), t(`hooks.algorithms.${one.algorithm ?? "v1"}`)],
          ] as [string, string][]).map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
          {oldSecret ? (
            <div>
              <dt>{t("hooks.oldSecret")}</dt>
              <dd>
                {t("hooks.oldSecretUntil", { at: moment(oldSecret) })}{" "}
                <Button size="small" danger type="text" onClick={() => ask({ title: t("hooks.expire"), hint: t("hooks.expireHint"), verb: t("hooks.expireDo"), run: () => expire.mutateAsync(), done: t("hooks.expired") })}>{t("hooks.expireDo")}</Button>
              </dd>
            </div>
          ) : null}
        </dl>
      </Panel>
      <Panel flush>
        <div className={css.filters}>
          <Segmented<DeliveryStatus | "all"> aria-label={t("webhooks.state")} value={status} onChange={setStatus} options={[{ value: "all", label: t("webhooks.all") }, ...STATUSES.map((value) => ({ value, label: t(`webhooks.status.${value}`) }))]} />
          <Button size="small" onClick={() => setMany(true)}>{t("hooks.resendMany")}</Button>
        </div>
        {log.isLoading ? <Rows label={t("app.loading")} /> : null}
        {log.isError && !items ? <Failure title={t("problem.load")} detail={explain(log.error)} retryLabel={t("act.retry")} onRetry={() => void log.refetch()} /> : null}
        {items?.length === 0 ? <Empty icon={<SendOutlined aria-hidden="true" />} title={t("webhooks.noDeliveries")} hint={t("webhooks.noDeliveriesHint")} /> : null}
        {items && items.length > 0 ? (
          <Table<DeliveryView> size="small" rowKey="id" columns={columns} dataSource={items} pagination={false} scroll={{ x: "max-content" }} expandable={{ expandedRowRender: (row) => <DeliveryCard id={row.id} />, columnWidth: 40, columnTitle: <span className="sb-only-heard">{t("common.details")}</span> }} />
        ) : null}
        {log.hasNextPage ? <Button block type="text" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>{t("act.more")}</Button> : null}
      </Panel>
      {editing ? <WebhookDialog webhook={one} submit={(values) => change.mutateAsync({ id, change: values })} onClose={() => setEditing(false)} /> : null}
      {rotating ? (
        <FormDialog<Rotation> title={t("webhooks.rotate")} okText={t("webhooks.rotateDo")} initial={{ algorithm: one.algorithm ?? "v1", expire_old: false }} submit={(rotation) => rotate.mutateAsync(rotation).then((fresh) => setSecret(fresh.secret))} onClose={() => setRotating(false)}>
          <p className={css.note}>{t("webhooks.rotateHint")}</p>
          <Form.Item name="algorithm" label={t("hooks.algorithm")}><AlgorithmSelect /></Form.Item>
          <Form.Item name="expire_old" valuePropName="checked" extra={t("hooks.expireOldHint")}><Checkbox>{t("hooks.expireOld")}</Checkbox></Form.Item>
        </FormDialog>
      ) : null}
      {many ? <ResendDialog webhook={id} onClose={() => setMany(false)} /> : null}
      {secret ? <Secret title={t("webhooks.secret")} hint={t("webhooks.secretHint")} value={secret} onClose={() => setSecret(null)} /> : null}
    </Page>
  );
}
