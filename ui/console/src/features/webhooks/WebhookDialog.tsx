import { Form, Input, InputNumber, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { FormDialog } from "@/app/FormDialog";
import { FilterFields } from "@/features/events/FilterFields";
import { bodyOf, formOf, type HookForm } from "./pace";
import { useEventTypes } from "./queries";
import type { Algorithm, HookView, NewHook } from "./types";
import css from "./webhooks.module.css";

export function AlgorithmSelect({ value, onChange, id }: { value?: Algorithm; onChange?: (value: Algorithm) => void; id?: string }) {
  const { t } = useTranslation();
  return <Select<Algorithm> {...(id ? { id } : {})} value={value ?? "v1"} onChange={(next) => onChange?.(next)} options={(["v1", "v1a"] as const).map((one) => ({ value: one, label: t(`hooks.algorithms.${one}`) }))} />;
}

interface WebhookDialogProps {
  webhook: HookView | null;
  submit: (values: NewHook) => Promise<unknown>;
  onClose: () => void;
}

export function WebhookDialog({ webhook, submit, onClose }: WebhookDialogProps) {
  const { t, i18n } = useTranslation();
  const types = useEventTypes();
  const initial = formOf(webhook);
  const required = { required: true, message: t("form.required") };
  return (
    <FormDialog<HookForm> title={t(webhook ? "webhooks.edit" : "webhooks.add")} okText={t(webhook ? "act.save" : "act.create")} initial={initial} submit={(values) => submit(bodyOf({ ...initial, ...values }, webhook))} onClose={onClose} width={600}>
      <Form.Item name="url" label={t("webhooks.url")} extra={t("webhooks.urlHint")} rules={[required, { type: "url", message: t("form.url") }]}><Input autoFocus placeholder="https://example.com/switchboard" inputMode="url" /></Form.Item>
      <Form.Item name="events" label={t("webhooks.events")} rules={[{ ...required, type: "array", min: 1, message: t("form.atLeastOne") }]}>
        <Select mode="multiple" loading={types.isLoading} optionFilterProp="value" options={types.data?.items.map((one) => ({ value: one.name, label: one.name, title: one.about[i18n.language === "zh" ? "zh" : "en"] })) ?? []} />
      </Form.Item>
      <Form.Item name="description" label={t("common.description")}><Input maxLength={200} /></Form.Item>
      <details className={css.more} open={webhook !== null && initial.rows.length + initial.schedule.length > 0}>
        <summary>{t("hooks.more")}</summary>
        <FilterFields name="rows" hint={t("hooks.filterHint")} />
        <div className={css.pair}>
          <Form.Item name="rate" label={t("hooks.rate")} extra={t("hooks.rateHint")}><InputNumber min={1} max={1000} className={css.wide ?? ""} /></Form.Item>
          <Form.Item name="inFlight" label={t("hooks.inFlight")} extra={t("hooks.inFlightHint")}><InputNumber min={1} max={64} className={css.wide ?? ""} /></Form.Item>
        </div>
        <Form.Item name="schedule" label={t("hooks.schedule")} extra={t("hooks.scheduleHint")}><Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", " "]} /></Form.Item>
        <Form.Item name="holdBack" label={t("hooks.holdBack")} extra={t("hooks.holdBackHint")}><InputNumber min={0} max={345_600} className={css.wide ?? ""} /></Form.Item>
        {webhook ? null : <Form.Item name="algorithm" label={t("hooks.algorithm")}><AlgorithmSelect /></Form.Item>}
      </details>
      <Form.Item name="enabled" label={t("common.enabled")} valuePropName="checked"><Switch /></Form.Item>
    </FormDialog>
  );
}
