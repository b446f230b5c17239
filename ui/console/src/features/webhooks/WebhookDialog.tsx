import type { NewWebhook, WebhookView } from "@switchboard/api";
import { Form, Input, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { FormDialog } from "@/app/FormDialog";
import { useEventTypes } from "./queries";

interface WebhookDialogProps {
  webhook: WebhookView | null;
  submit: (values: NewWebhook) => Promise<unknown>;
  onClose: () => void;
}

export function WebhookDialog({ webhook, submit, onClose }: WebhookDialogProps) {
  const { t, i18n } = useTranslation();
  const types = useEventTypes();
  const initial: NewWebhook = webhook ? { url: webhook.url, events: webhook.events, enabled: webhook.enabled, description: webhook.description } : { url: "", events: [], enabled: true, description: "" };
  const required = { required: true, message: t("form.required") };
  return (
    <FormDialog<NewWebhook> title={t(webhook ? "webhooks.edit" : "webhooks.add")} okText={t(webhook ? "act.save" : "act.create")} initial={initial} submit={submit} onClose={onClose} width={560}>
      <Form.Item name="url" label={t("webhooks.url")} extra={t("webhooks.urlHint")} rules={[required, { type: "url", message: t("form.url") }]}><Input autoFocus placeholder="https://example.com/switchboard" inputMode="url" /></Form.Item>
      <Form.Item name="events" label={t("webhooks.events")} rules={[{ ...required, type: "array", min: 1, message: t("form.atLeastOne") }]}>
        <Select mode="multiple" loading={types.isLoading} optionFilterProp="value" options={types.data?.items.map((one) => ({ value: one.name, label: one.name, title: one.about[i18n.language === "zh" ? "zh" : "en"] })) ?? []} />
      </Form.Item>
      <Form.Item name="description" label={t("common.description")}><Input maxLength={200} /></Form.Item>
      <Form.Item name="enabled" label={t("common.enabled")} valuePropName="checked"><Switch /></Form.Item>
    </FormDialog>
  );
}
