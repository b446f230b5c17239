import { AutoComplete, Form, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { FormDialog } from "@/app/FormDialog";
import { useSession } from "@/app/session";
import { FilterFields } from "./FilterFields";
import { type FilterRow, filterOf, rowsOf } from "./filterRows";
import { useQueueNames, useTypes } from "./queries";
import type { NewSubscription, SubscriptionView } from "./types";

interface Values {
  pattern: string;
  queue: string;
  site: number | "every";
  rows: FilterRow[];
  enabled: boolean;
}

interface SubscriptionDialogProps {
  subscription: SubscriptionView | null;
  submit: (values: NewSubscription) => Promise<unknown>;
  onClose: () => void;
}

export function SubscriptionDialog({ subscription, submit, onClose }: SubscriptionDialogProps) {
  const { t } = useTranslation();
  const types = useTypes();
  const queues = useQueueNames();
  const { site, who } = useSession();
  const families = [...new Set(types.flatMap(({ value }) => (value.includes(".") ? [`${value.split(".")[0]}.*`] : [])))];
  const patterns = ["*", ...families, ...types.map(({ value }) => value)];
  const initial: Values = subscription
    ? { pattern: subscription.pattern, queue: subscription.queue, site: subscription.site ?? "every", rows: rowsOf(subscription.filter), enabled: subscription.enabled }
    : { pattern: "", queue: "", site: site?.id ?? "every", rows: [], enabled: true };
  const sites = [...(who?.superadmin || initial.site === "every" ? [{ value: "every" as const, label: t("events.sub.everySite") }] : []), ...(who?.sites ?? []).map(({ id, name }) => ({ value: id, label: name }))];
  const required = { required: true, whitespace: true, message: t("form.required") };
  const save = ({ pattern, queue, site, rows, enabled }: Values) => submit({ pattern: pattern.trim(), queue: queue.trim(), site: site === "every" ? null : site, filter: filterOf(rows ?? []), enabled });
  return (
    <FormDialog<Values> title={t(subscription ? "events.sub.edit" : "events.sub.add")} okText={t(subscription ? "act.save" : "act.create")} initial={initial} submit={save} onClose={onClose} width={600}>
      <Form.Item name="pattern" label={t("events.sub.pattern")} extra={t("events.sub.patternHint")} rules={[required]}><AutoComplete autoFocus options={patterns.map((value) => ({ value }))} filterOption={(typed, option) => option?.value.toLowerCase().includes(typed.toLowerCase()) ?? false} /></Form.Item>
      <Form.Item name="queue" label={t("events.sub.queue")} extra={t("events.sub.queueHint")} rules={[required]}><AutoComplete options={queues.map((value) => ({ value }))} filterOption={(typed, option) => option?.value.toLowerCase().includes(typed.toLowerCase()) ?? false} /></Form.Item>
      <Form.Item name="site" label={t("events.sub.site")}><Select options={sites} /></Form.Item>
      <FilterFields name="rows" hint={t("events.sub.filterHint")} />
      <Form.Item name="enabled" label={t("common.enabled")} valuePropName="checked"><Switch /></Form.Item>
    </FormDialog>
  );
}
