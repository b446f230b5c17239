import { MinusCircleOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import css from "./filter.module.css";
import { OPERATORS } from "./filterRows";

/** The rows of a filter inside a form: a field, and the values it may have. */
export function FilterFields({ name, hint }: { name: string; hint: string }) {
  const { t } = useTranslation();
  return (
    <div role="group" aria-label={t("events.sub.filter")}>
      <p className={css.label}>{t("events.sub.filter")}</p>
      <p className={css.hint}>{hint}</p>
      <Form.List name={name}>
        {(rows, { add, remove }) => (
          <div className={css.rows}>
            {rows.map((row) => (
              <div key={row.key} className={css.filterRow} role="group" aria-label={t("events.sub.condition", { number: row.name + 1 })}>
                <Form.Item name={[row.name, "field"]} noStyle><Input placeholder={t("events.sub.field")} aria-label={t("events.sub.field")} /></Form.Item>
                <Form.Item name={[row.name, "op"]} noStyle><Select options={OPERATORS.map((value) => ({ value, label: t(`events.sub.op.${value}`) }))} aria-label={t("events.sub.operator")} popupMatchSelectWidth={false} /></Form.Item>
                <Form.Item name={[row.name, "values"]} noStyle><Select mode="tags" open={false} suffixIcon={null} placeholder={t("events.sub.values")} aria-label={t("events.sub.values")} tokenSeparators={[","]} /></Form.Item>
                <Button type="text" icon={<MinusCircleOutlined aria-hidden="true" />} aria-label={t("events.sub.dropCondition", { number: row.name + 1 })} onClick={() => remove(row.name)} />
              </div>
            ))}
            <Button type="dashed" size="small" icon={<PlusOutlined aria-hidden="true" />} onClick={() => add({ field: "", op: "in", values: [] })}>{t("events.sub.addCondition")}</Button>
          </div>
        )}
      </Form.List>
    </div>
  );
}
