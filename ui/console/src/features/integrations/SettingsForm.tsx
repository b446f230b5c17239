import { MinusCircleOutlined, PlusOutlined } from "@ant-design/icons";
import { Problem } from "@switchboard/api";
import { Panel } from "@switchboard/kit";
import { App, Button, Form, Input, InputNumber, Select, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { explain } from "@/app/errors";
import forms from "@/app/forms.module.css";
import { words } from "@/app/words";
import { type Field, FORMS, isMoved, isSecret, isSet, isShown, pathOf, settingsOf, valuesOf } from "./fields";
import css from "./integrations.module.css";
import { useSaveIntegration } from "./queries";
import type { IntegrationDetail, Kind, Settings } from "./types";

interface SettingsFormProps {
  kind: Kind;
  connection: IntegrationDetail;
  onDirty: (dirty: boolean) => void;
}

export function SettingsForm({ kind, connection, onDirty }: SettingsFormProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [form] = Form.useForm<Settings>();
  const save = useSaveIntegration(kind);
  const [enabled, setEnabled] = useState(connection.configured ? connection.enabled : true);
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set());
  const [problem, setProblem] = useState<string | null>(null);
  const [dirty, setDirty] = useState(false);
  const first = valuesOf(kind, connection.settings);
  const values = { ...first, ...Form.useWatch([], form) } as Settings;
  const moved = isMoved(kind, connection.settings, values);
  const touch = (now: boolean) => {
    setDirty(now);
    onDirty(now);
  };

  const finish = async () => {
    setProblem(null);
    try {
      // Hidden fields keep what they hold: the choice that hides them may be changed back.
      const saved = await save.mutateAsync({ enabled, settings: settingsOf(kind, { ...first, ...(form.getFieldsValue(true) as Settings) }, removed, moved) });
      form.setFieldsValue(valuesOf(kind, saved?.settings ?? connection.settings));
      for (const field of FORMS[kind].flatMap((group) => group.fields)) if (isSecret(field)) form.setFieldValue(pathOf(field.name), "");
      setRemoved(new Set());
      touch(false);
      void message.success(t("me.saved"));
    } catch (error) {
      const path = error instanceof Problem && error.field ? pathOf(error.field) : null;
      if (path && form.getFieldInstance(path) !== undefined) {
        form.setFields([{ name: path as never, errors: [explain(error)] }]);
        form.scrollToField(path, { block: "center" });
      } else setProblem(explain(error));
    }
  };
  const remove = (name: string) => {
    setRemoved(new Set([...removed, name]));
    form.setFieldValue(pathOf(name), "");
    touch(true);
  };
  return (
    <Form<Settings> form={form} layout="vertical" requiredMark={false} initialValues={first} onValuesChange={() => touch(true)} onFinish={() => void finish()} className={css.form ?? ""} scrollToFirstError>
      {FORMS[kind].map((group) => (
        <Panel key={group.name} title={words(`integrations.group.${group.name}`)} hint={words(`integrations.groupHint.${group.name}`)}>
          <div className={css.grid}>
            {group.fields.filter((field) => isShown(field, values)).map((field) => (
              <SettingField key={field.name} field={field} kept={isSet(connection.settings, field) && !removed.has(field.name)} moved={moved} onRemove={() => remove(field.name)} />
            ))}
          </div>
        </Panel>
      ))}
      {problem ? <p className={forms.problem} role="alert">{problem}</p> : null}
      <div className={css.foot}>
        <label className={forms.row}><Switch checked={enabled} onChange={(on) => (setEnabled(on), touch(true))} /><span>{t("integrations.enabled")}</span></label>
        <Button type="primary" htmlType="submit" loading={save.isPending} disabled={!dirty && connection.configured}>{t("act.save")}</Button>
      </div>
    </Form>
  );
}

function SettingField({ field, kept, moved, onRemove }: { field: Field; kept: boolean; moved: boolean; onRemove: () => void }) {
  const { t } = useTranslation();
  const key = field.name.replace(".", "_");
  const label = words(`integrations.field.${key}`, field.name);
  const hint = words(`integrations.fieldHint.${key}`);
  const name = pathOf(field.name);
  if (field.as === "templates" || field.as === "idTemplates") return <Templates field={field} label={label} />;
  const rules = [...(field.required ? [{ required: true, message: t("form.required") }] : []), ...(field.as === "url" ? [{ type: "url" as const, message: t("form.url") }] : [])];
  const secret = isSecret(field);
  const extra = secret && kept ? <span className={css.kept}>{t(moved ? "integrations.secret.moved" : "integrations.secret.set")} <Button size="small" type="link" onClick={onRemove}>{t("integrations.secret.remove")}</Button></span> : hint || undefined;
  const wide = field.as === "longSecret" || field.as === "tags" || undefined;
  return (
    <div data-wide={wide} data-switch={field.as === "switch" || undefined}>
      <Form.Item name={name} label={label} extra={extra} rules={rules} {...(field.as === "switch" ? { valuePropName: "checked", layout: "horizontal" as const } : {})}>
        {control(field, kept && !moved)}
      </Form.Item>
    </div>
  );
}

function control(field: Field, kept: boolean) {
  const keep = kept ? words("integrations.secret.keep") : (field.example ?? "");
  switch (field.as) {
    case "switch": return <Switch />;
    case "number": return <InputNumber className={css.wide ?? ""} min={0} controls={false} />;
    case "secret": return <Input.Password autoComplete="new-password" placeholder={keep} />;
    case "longSecret": return <Input.TextArea rows={4} autoComplete="off" spellCheck={false} placeholder={keep} className={css.mono ?? ""} />;
    case "tags": return <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", " "]} />;
    case "select": return <Select options={(field.options ?? []).map((value) => ({ value, label: words(`integrations.option.${field.name.replace("offline_", "").replace(".", "_")}.${value === "" ? "none" : value}`, String(value)) }))} />;
    default: return <Input placeholder={field.example ?? ""} inputMode={field.as === "url" ? "url" : "text"} />;
  }
}

/** Which field over there gets which text; `{{name}}` and its like are filled in. */
function Templates({ field, label }: { field: Field; label: string }) {
  const { t } = useTranslation();
  const id = field.as === "idTemplates";
  const target = t(id ? "integrations.template.id" : "integrations.template.name");
  return (
    <div data-wide role="group" aria-label={label}>
      <p className={css.label}>{label}</p>
      <Form.List name={field.name}>
        {(rows, { add, remove }) => (
          <div className={css.rows}>
            {rows.map((row) => (
              <div key={row.key} className={css.template} role="group" aria-label={`${label} ${row.name + 1}`}>
                <Form.Item name={[row.name, id ? "id" : "name"]} rules={[{ required: true, message: t("form.required") }]} noStyle>
                  {id ? <InputNumber controls={false} className={css.wide ?? ""} placeholder={target} aria-label={target} /> : <Input placeholder={target} aria-label={target} />}
                </Form.Item>
                <Form.Item name={[row.name, "value"]} noStyle><Input placeholder="{{name}}" aria-label={t("integrations.template.value")} /></Form.Item>
                <Button type="text" icon={<MinusCircleOutlined aria-hidden="true" />} aria-label={t("integrations.template.remove", { number: row.name + 1 })} onClick={() => remove(row.name)} />
              </div>
            ))}
            <Button type="dashed" size="small" icon={<PlusOutlined aria-hidden="true" />} aria-label={t("integrations.template.addTo", { name: label })} onClick={() => add(id ? { id: null, value: "" } : { name: "", value: "" })}>{t("integrations.template.add")}</Button>
          </div>
        )}
      </Form.List>
    </div>
  );
}
