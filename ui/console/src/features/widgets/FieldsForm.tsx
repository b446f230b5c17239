import type { PreChat, PreChatField, WidgetConfig } from "@switchboard/api";
import { Checkbox, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { Movers } from "./Movers";
import { OwnFields } from "./OwnFields";
import { Row } from "./Row";
import type { Edit } from "./WidgetEditor";
import { everyField, moved, tidyChoices } from "./formFields";
import css from "./widgets.module.css";

export function FieldsForm({ config, edit }: { config: WidgetConfig; edit: Edit }) {
  const { t } = useTranslation();
  const { enabled } = config.pre_chat;
  const fields = everyField(config.pre_chat.fields);
  const change = (part: Partial<PreChat>) => edit((now) => ({ ...now, pre_chat: { ...now.pre_chat, ...part } }));
  const set = (at: number, part: Partial<PreChatField>) => change({ fields: fields.map((field, index) => (index === at ? { ...field, ...part } : field)) });
  return (
    <div className={css.rows}>
      <Row label={t("widgets.fields.enabled")} hint={t("widgets.fields.enabledHint")}>
        <Switch checked={enabled} aria-label={t("widgets.fields.enabled")} onChange={(on) => change({ enabled: on })} />
      </Row>
      <ul className={css.fields} data-off={!enabled || undefined}>
        {fields.map((field, at) => {
          const name = t(`field.${field.key}`);
          return (
            <li key={field.key}>
              <strong>{name}</strong>
              <Checkbox checked={field.visible} disabled={!enabled} onChange={(event) => set(at, { visible: event.target.checked, ...(event.target.checked ? {} : { required: false }) })}>{t("widgets.fields.visible")}</Checkbox>
              <Checkbox checked={field.required} disabled={!enabled || !field.visible} onChange={(event) => set(at, { required: event.target.checked })}>{t("widgets.fields.required")}</Checkbox>
              <Movers name={name} at={at} count={fields.length} disabled={!enabled} move={(by) => change({ fields: moved(fields, at, by) })} />
              {field.key === "product_service" && field.visible ? (
                <label className={css.choices}>
                  <span>{t("widgets.fields.products")}</span>
                  <Select mode="tags" open={false} suffixIcon={null} disabled={!enabled} value={field.choices ?? []} placeholder={t("widgets.fields.productsHint")} aria-label={t("widgets.fields.products")} onChange={(list: string[]) => set(at, { choices: tidyChoices(list) })} />
                </label>
              ) : null}
            </li>
          );
        })}
      </ul>
      <OwnFields preChat={config.pre_chat} change={(custom_fields) => change({ custom_fields })} />
    </div>
  );
}
