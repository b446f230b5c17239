import { FileTextOutlined, PlusOutlined } from "@ant-design/icons";
import { Chip, Page } from "@switchboard/kit";
import { Button, Form, Input, Select, type TableProps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAsk } from "@/app/ask";
import { FormDialog } from "@/app/FormDialog";
import forms from "@/app/forms.module.css";
import { ListPanel } from "@/app/ListPanel";
import { macros, usePeople } from "./queries";
import css from "./tickets.module.css";
import { type Macro, PRIORITIES, type Priority, STATUSES, type TicketStatus } from "./types";

/** Answers that are written once, with what else they change. */
export default function MacrosPage() {
  const { t } = useTranslation();
  const ask = useAsk();
  const all = macros.useAll();
  const create = macros.useCreate();
  const change = macros.useChange();
  const remove = macros.useRemove();
  const people = usePeople();
  const [editing, setEditing] = useState<Macro | "new" | null>(null);
  const columns: TableProps<Macro>["columns"] = [
    { title: t("common.name"), key: "name", render: (_, one) => <span className={forms.name}><span><button type="button" className={forms.link} onClick={() => setEditing(one)}>{one.name}</button><small className={css.excerpt}>{one.text}</small></span></span> },
    {
      title: t("tickets.macro.does"), key: "does", responsive: ["md"],
      render: (_, { actions }) => (
        <span className={forms.chips}>
          {actions.status ? <Chip>{t(`tickets.status.${actions.status}`)}</Chip> : null}
          {actions.priority ? <Chip>{t(`tickets.priority.${actions.priority}`)}</Chip> : null}
          {actions.assignee ? <Chip>{people.find(({ id }) => id === actions.assignee)?.name ?? actions.assignee}</Chip> : null}
          {(actions.tags_add ?? []).map((tag) => <Chip key={tag} tone="brand">{`+ ${tag}`}</Chip>)}
        </span>
      ),
    },
    { title: <span className="sb-only-heard">{t("common.actions")}</span>, key: "actions", width: 1, render: (_, one) => <span className={forms.actions}><Button size="small" onClick={() => setEditing(one)}>{t("act.edit")}</Button><Button size="small" type="text" danger onClick={() => ask({ title: t("tickets.macro.remove", { name: one.name }), hint: t("tickets.macro.removeHint"), verb: t("act.remove"), run: () => remove.mutateAsync(one.id) })}>{t("act.remove")}</Button></span> },
  ];
  const add = <Button type="primary" icon={<PlusOutlined aria-hidden="true" />} onClick={() => setEditing("new")}>{t("tickets.macro.add")}</Button>;
  return (
    <Page title={t("settings.macros.title")} lead={t("settings.macros.lead")} actions={add}>
      <ListPanel query={all} columns={columns} empty={{ icon: <FileTextOutlined aria-hidden="true" />, title: t("tickets.macro.empty"), hint: t("tickets.macro.emptyHint"), action: add }} />
      {editing ? <MacroDialog macro={editing === "new" ? null : editing} submit={(values) => (editing === "new" ? create.mutateAsync(values) : change.mutateAsync({ id: editing.id, change: values }))} onClose={() => setEditing(null)} /> : null}
    </Page>
  );
}

interface Values {
  name: string;
  text: string;
  status?: TicketStatus;
  priority?: Priority;
  assignee?: number;
  tags: string[];
}

function MacroDialog({ macro, submit, onClose }: { macro: Macro | null; submit: (values: Omit<Macro, "id">) => Promise<unknown>; onClose: () => void }) {
  const { t } = useTranslation();
  const people = usePeople();
  const { status, priority, assignee, tags_add } = macro?.actions ?? {};
  const initial: Values = { name: macro?.name ?? "", text: macro?.text ?? "", tags: tags_add ?? [], ...(status ? { status } : {}), ...(priority ? { priority } : {}), ...(assignee ? { assignee } : {}) };
  const save = (values: Values) => submit({ name: values.name, text: values.text, actions: { ...(values.status ? { status: values.status } : {}), ...(values.priority ? { priority: values.priority } : {}), ...(values.assignee ? { assignee: values.assignee } : {}), tags_add: values.tags } });
  const required = { required: true, whitespace: true, message: t("form.required") };
  return (
    <FormDialog<Values> title={t(macro ? "tickets.macro.edit" : "tickets.macro.add")} okText={t(macro ? "act.save" : "act.create")} initial={initial} submit={save} onClose={onClose} width={600}>
      <Form.Item name="name" label={t("common.name")} rules={[required]}><Input autoFocus maxLength={100} /></Form.Item>
      <Form.Item name="text" label={t("tickets.macro.text")} rules={[required]}><Input.TextArea rows={5} maxLength={20_000} /></Form.Item>
      <p className={css.label}>{t("tickets.macro.doesAlso")}</p>
      <div className={css.pair}>
        <Form.Item name="status" label={t("tickets.field.status")}><Select allowClear options={STATUSES.filter((one) => one !== "new" && one !== "closed").map((value) => ({ value, label: t(`tickets.status.${value}`) }))} /></Form.Item>
        <Form.Item name="priority" label={t("tickets.field.priority")}><Select allowClear options={PRIORITIES.map((value) => ({ value, label: t(`tickets.priority.${value}`) }))} /></Form.Item>
        <Form.Item name="assignee" label={t("tickets.field.assignee")}><Select allowClear showSearch optionFilterProp="label" options={people.map(({ id, name }) => ({ value: id, label: name }))} /></Form.Item>
        <Form.Item name="tags" label={t("tickets.macro.tags")}><Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", " "]} /></Form.Item>
      </div>
    </FormDialog>
  );
}
