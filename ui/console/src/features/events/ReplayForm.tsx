import { Panel } from "@switchboard/kit";
import { Button, Checkbox, Form, Input, InputNumber, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { explain } from "@/app/errors";
import forms from "@/app/forms.module.css";
import { type Range, TimeRange } from "@/app/TimeRange";
import css from "./events.module.css";
import { countReplay, useQueueNames, useStartReplay, useTypes } from "./queries";
import type { NewReplay } from "./types";

interface Values {
  range: Range;
  types: string[];
  key: string;
  queues: string[];
  rate: number | null;
  force: boolean;
}

const hourAgo = () => new Date(Date.now() - 3_600_000).toISOString();

export function newReplay({ range, types, key, queues, rate, force }: Values, now = new Date()): NewReplay {
  const filter = { from: range.from, to: range.to || now.toISOString(), ...(types.length > 0 ? { types } : {}), ...(key.trim() ? { key: key.trim() } : {}) };
  return { filter, queues, ...(rate ? { rate_per_s: rate } : {}), ...(force ? { force } : {}) };
}

/** Asked in two steps: what, and how many that is; then it is begun. */
export function ReplayForm() {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const types = useTypes();
  const queues = useQueueNames();
  const start = useStartReplay();
  const [counted, setCounted] = useState<{ replay: NewReplay; count: number } | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const attempt = async (work: () => Promise<void>) => {
    setProblem(null);
    setBusy(true);
    await work().catch((error: unknown) => setProblem(explain(error)));
    setBusy(false);
  };
  const ask = (values: Values) => attempt(async () => {
    const replay = newReplay(values);
    setCounted({ replay, count: (await countReplay(replay)).count });
  });
  const begin = () => attempt(async () => {
    if (!counted) return;
    await start.mutateAsync(counted.replay);
    setCounted(null);
    form.resetFields();
  });
  const required = { required: true, message: t("form.required") };
  const rangeGiven = { validator: (_: unknown, range: Range) => (range?.from ? Promise.resolve() : Promise.reject(new Error(t("form.required")))) };
  return (
    <Panel title={t("events.replays.new")} hint={t("events.replays.newHint")}>
      <Form<Values> form={form} layout="vertical" requiredMark={false} initialValues={{ range: { from: hourAgo(), to: "" }, types: [], key: "", queues: [], rate: 100, force: false }} onFinish={(values) => void ask(values)} onValuesChange={() => setCounted(null)}>
        {problem ? <p className={forms.problem} role="alert">{problem}</p> : null}
        <Form.Item name="range" label={t("events.replays.when")} rules={[rangeGiven]} trigger="onChange"><RangeField /></Form.Item>
        <div className={css.pair}>
          <Form.Item name="types" label={t("events.replays.types")} extra={t("events.replays.typesHint")}><Select mode="multiple" options={types} /></Form.Item>
          <Form.Item name="queues" label={t("events.replays.queues")} extra={t("events.replays.queuesHint")} rules={[{ ...required, type: "array", min: 1, message: t("form.atLeastOne") }]}><Select mode="multiple" options={queues.map((value) => ({ value, label: value }))} /></Form.Item>
          <Form.Item name="key" label={t("events.key")} extra={t("events.replays.keyHint")}><Input allowClear /></Form.Item>
          <Form.Item name="rate" label={t("events.rate")} extra={t("events.perSecond")}><InputNumber min={1} max={10_000} className={css.wide ?? ""} /></Form.Item>
        </div>
        <Form.Item name="force" valuePropName="checked" extra={t("events.replays.forceHint")}><Checkbox>{t("events.replays.force")}</Checkbox></Form.Item>
        <div className={forms.row}>
          <Button htmlType="submit" type={counted ? "default" : "primary"} loading={busy && !counted}>{t("events.replays.count")}</Button>
          {counted ? <Button type="primary" disabled={counted.count === 0} loading={busy} onClick={() => void begin()}>{t("events.replays.begin", { count: counted.count })}</Button> : null}
          <span role="status">{counted ? t(counted.count === 0 ? "events.replays.nothing" : "events.replays.counted", { count: counted.count, queues: counted.replay.queues.length }) : null}</span>
        </div>
      </Form>
    </Panel>
  );
}

function RangeField({ value = { from: "", to: "" }, onChange }: { value?: Range; onChange?: (range: Range) => void }) {
  return <TimeRange value={value} onChange={(range) => onChange?.(range)} />;
}
