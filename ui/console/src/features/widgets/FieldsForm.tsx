import { ArrowDownOutlined, ArrowUpOutlined } from "@ant-design/icons";
import type { PreChatField, WidgetConfig } from "@switchboard/api";
import { Button, Checkbox, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { Row } from "./Row";
import type { Edit } from "./WidgetEditor";
import css from "./widgets.module.css";

export function FieldsForm({ config, edit }: { config: WidgetConfig; edit: Edit }) {
  const { t } = useTranslation();
  const { enabled, fields } = config.pre_chat;
  const put = (next: PreChatField[]) => edit((now) => ({ ...now, pre_chat: { ...now.pre_chat, fields: next } }));
  const set = (at: number, change: Partial<PreChatField>) => put(fields.map((field, index) => (index === at ? { ...field, ...change } : field)));
  const move = (at: number, by: number) => {
    const next = [...fields];
    const [field] = next.splice(at, 1);
    if (field) next.splice(at + by, 0, field);
    put(next);
  };
  return (
    <div className={css.rows}>
      <Row label={t("widgets.fields.enabled")} hint={t("widgets.fields.enabledHint")}>
        <Switch checked={enabled} aria-label={t("widgets.fields.enabled")} onChange={(on) => edit((now) => ({ ...now, pre_chat: { ...now.pre_chat, enabled: on } }))} />
      </Row>
      <ul className={css.fields} data-off={!enabled || undefined}>
        {fields.map((field, at) => {
          const name = t(`field.${field.key}`);
          return (
            <li key={field.key}>
              <strong>{name}</strong>
              <Checkbox checked={field.visible} disabled={!enabled} onChange={(event) => set(at, { visible: event.target.checked, ...(event.target.checked ? {} : { required: false }) })}>{t("widgets.fields.visible")}</Checkbox>
              <Checkbox checked={field.required} disabled={!enabled || !field.visible} onChange={(event) => set(at, { required: event.target.checked })}>{t("widgets.fields.required")}</Checkbox>
              <Button size="small" type="text" icon={<ArrowUpOutlined aria-hidden="true" />} disabled={at === 0 || !enabled} aria-label={t("widgets.fields.up", { name })} onClick={() => move(at, -1)} />
              <Button size="small" type="text" icon={<ArrowDownOutlined aria-hidden="true" />} disabled={at === fields.length - 1 || !enabled} aria-label={t("widgets.fields.down", { name })} onClick={() => move(at, 1)} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}
