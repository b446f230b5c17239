import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import type { FormField, PreChat } from "@switchboard/api";
import { Button, Checkbox, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Movers } from "./Movers";
import { faultsOf, KINDS, LONGEST, moved, MOST_OWN, newField, ofKind, tidyChoices } from "./formFields";
import css from "./widgets.module.css";

/** What the site asks besides: a name that other systems hear, a label for each language, a kind. */
export function OwnFields({ preChat, change }: { preChat: PreChat; change: (own: FormField[]) => void }) {
  const { t } = useTranslation();
  const own = preChat.custom_fields;
  const off = !preChat.enabled;
  const faults = faultsOf(preChat);
  const set = (at: number, next: FormField) => change(own.map((field, index) => (index === at ? next : field)));
  return (
    <section className={css.own} aria-label={t("widgets.fields.own")}>
      <header>
        <h2>{t("widgets.fields.own")}</h2>
        <small>{t("widgets.fields.ownHint")}</small>
      </header>
      <ul className={css.fields} data-off={off || undefined}>
        {own.map((field, at) => {
          const fault = faults.get(field.id);
          const name = field.name || t("widgets.fields.unnamed", { id: field.id });
          return (
            <li key={field.id}>
              <Input value={field.name} maxLength={LONGEST} disabled={off} status={fault && fault !== "choices" ? "error" : ""} placeholder={t("widgets.fields.name")} aria-label={t("widgets.fields.nameOf", { name })} aria-describedby={fault ? `own-${field.id}-fault` : undefined} onChange={(event) => set(at, { ...field, name: event.target.value })} />
              <Select<FormField["kind"]> value={field.kind} disabled={off} style={{ width: 110 }} aria-label={t("widgets.fields.kindOf", { name })} onChange={(kind) => set(at, ofKind(field, kind))} options={KINDS.map((value) => ({ value, label: t(`widgets.fields.kind.${value}`) }))} />
              <Checkbox checked={field.required} disabled={off} onChange={(event) => set(at, { ...field, required: event.target.checked })}>{t("widgets.fields.required")}</Checkbox>
              <Movers name={name} at={at} count={own.length} disabled={off} move={(by) => change(moved(own, at, by))} />
              <Button size="small" type="text" danger icon={<DeleteOutlined aria-hidden="true" />} disabled={off} aria-label={t("widgets.fields.remove", { name })} onClick={() => change(own.filter((_, index) => index !== at))} />
              <div className={css.labels}>
                {(["zh", "en"] as const).map((language) => (
                  <label key={language}>
                    <span>{t("widgets.fields.label", { language: t(`language.${language}`) })}</span>
                    <Input value={field.label[language]} maxLength={LONGEST} disabled={off} placeholder={field.name} onChange={(event) => set(at, { ...field, label: { ...field.label, [language]: event.target.value } })} />
                  </label>
                ))}
              </div>
              {field.kind === "choice" ? (
                <label className={css.choices}>
                  <span>{t("widgets.fields.choices")}</span>
                  <Select mode="tags" open={false} suffixIcon={null} disabled={off} status={fault === "choices" ? "error" : ""} value={field.choices ?? []} placeholder={t("widgets.fields.choicesHint")} aria-label={t("widgets.fields.choices")} onChange={(list: string[]) => set(at, { ...field, choices: tidyChoices(list) })} />
                </label>
              ) : null}
              {fault ? <p className={css.fault} id={`own-${field.id}-fault`}>{t(`widgets.fields.fault.${fault}`)}</p> : null}
            </li>
          );
        })}
      </ul>
      <Button type="dashed" icon={<PlusOutlined aria-hidden="true" />} disabled={off || own.length >= MOST_OWN} onClick={() => change([...own, newField(own)])}>{t("widgets.fields.add")}</Button>
    </section>
  );
}
