import { MinusCircleOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Form, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";
import { FormDialog } from "@/app/FormDialog";
import { useSetRetention, useTypes } from "./queries";
import css from "./filter.module.css";
import type { RetentionView } from "./types";

interface Values {
  days: number | null;
  types: { type: string; days: number }[];
}

/** How long events are kept: all of them, and some longer or shorter. */
export function RetentionDialog({ retention, onClose }: { retention: RetentionView; onClose: () => void }) {
  const { t } = useTranslation();
  const known = useTypes();
  const set = useSetRetention();
  const initial: Values = { days: retention.days, types: Object.entries(retention.types).map(([type, days]) => ({ type, days })) };
  const save = ({ days, types }: Values) => set.mutateAsync({ days: days ?? null, types: Object.fromEntries((types ?? []).filter((one) => one?.type && one.days).map((one) => [one.type, one.days])) });
  return (
    <FormDialog<Values> title={t("events.keep.title")} okText={t("act.save")} initial={initial} submit={save} onClose={onClose}>
      <Form.Item name="days" label={t("events.keep.days")} extra={t("events.keep.daysHint", { days: retention.default_days })}><InputNumber min={1} max={3650} placeholder={String(retention.default_days)} /></Form.Item>
      <p className={css.label}>{t("events.keep.types")}</p>
      <p className={css.hint}>{t("events.keep.warning")}</p>
      <Form.List name="types">
        {(rows, { add, remove }) => (
          <div className={css.rows}>
            {rows.map((row) => (
              <div key={row.key} className={css.keepRow} role="group" aria-label={t("events.sub.condition", { number: row.name + 1 })}>
                <Form.Item name={[row.name, "type"]} noStyle><Select showSearch options={known} placeholder={t("events.event")} aria-label={t("events.event")} /></Form.Item>
                <Form.Item name={[row.name, "days"]} noStyle><InputNumber min={1} max={3650} aria-label={t("events.keep.days")} /></Form.Item>
                <Button type="text" icon={<MinusCircleOutlined aria-hidden="true" />} aria-label={t("events.sub.dropCondition", { number: row.name + 1 })} onClick={() => remove(row.name)} />
              </div>
            ))}
            <Button type="dashed" size="small" icon={<PlusOutlined aria-hidden="true" />} onClick={() => add({ days: retention.default_days })}>{t("events.keep.add")}</Button>
          </div>
        )}
      </Form.List>
    </FormDialog>
  );
}
