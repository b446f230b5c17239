import { ApartmentOutlined, PlusOutlined } from "@ant-design/icons";
import type { DepartmentView, NewDepartment } from "@switchboard/api";
import { Avatar, Chip, Page } from "@switchboard/kit";
import { Button, Form, Input, Select, Switch, type TableProps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAsk } from "@/app/ask";
import { FormDialog } from "@/app/FormDialog";
import forms from "@/app/forms.module.css";
import { ListPanel } from "@/app/ListPanel";
import { useAgents } from "@/features/history/queries";
import css from "./people.module.css";
import { departments } from "./queries";

const FACES = 5;

export default function DepartmentsPage() {
  const { t } = useTranslation();
  const ask = useAsk();
  const all = departments.useAll();
  const people = useAgents();
  const create = departments.useCreate();
  const change = departments.useChange();
  const remove = departments.useRemove();
  const [editing, setEditing] = useState<DepartmentView | "new" | null>(null);
  const nameOf = (id: number) => people.find((one) => one.id === id)?.name ?? String(id);
  const columns: TableProps<DepartmentView>["columns"] = [
    {
      title: t("common.name"),
      key: "name",
      render: (_, one) => (
        <span className={forms.name}>
          <span>
            <span className={forms.chips}><button type="button" className={forms.link} onClick={() => setEditing(one)}>{one.name}</button>{one.is_default ? <Chip tone="brand">{t("departments.default")}</Chip> : null}</span>
            <small>{one.description}</small>
          </span>
        </span>
      ),
    },
    {
      title: t("departments.members"),
      key: "members",
      render: (_, one) => (
        <span className={css.faces} title={one.members.map(nameOf).join(", ")}>
          {one.members.slice(0, FACES).map((id) => <Avatar key={id} id={id} name={nameOf(id)} size={28} />)}
          <small>{t("departments.count", { count: one.members.length })}</small>
        </span>
      ),
    },
    {
      title: <span className="sb-only-heard">{t("common.actions")}</span>, key: "actions",
      width: 1,
      render: (_, one) => (
        <span className={forms.actions}>
          <Button size="small" onClick={() => setEditing(one)}>{t("act.edit")}</Button>
          <Button size="small" type="text" danger disabled={one.is_default} onClick={() => ask({ title: t("departments.remove", { name: one.name }), hint: t("departments.removeHint"), verb: t("act.remove"), run: () => remove.mutateAsync(one.id) })}>{t("act.remove")}</Button>
        </span>
      ),
    },
  ];
  const add = <Button type="primary" icon={<PlusOutlined aria-hidden="true" />} onClick={() => setEditing("new")}>{t("departments.add")}</Button>;
  const initial: NewDepartment = editing && editing !== "new" ? { name: editing.name, description: editing.description, members: editing.members, is_default: editing.is_default } : { name: "", description: "", members: [], is_default: false };
  return (
    <Page title={t("settings.departments.title")} lead={t("settings.departments.lead")} actions={add}>
      <ListPanel query={all} columns={columns} empty={{ icon: <ApartmentOutlined aria-hidden="true" />, title: t("departments.none"), hint: t("departments.noneHint"), action: add }} />
      {editing ? (
        <FormDialog<NewDepartment>
          title={t(editing === "new" ? "departments.add" : "departments.edit")}
          okText={t(editing === "new" ? "act.create" : "act.save")}
          initial={initial}
          submit={(values) => (editing === "new" ? create.mutateAsync(values) : change.mutateAsync({ id: editing.id, change: values }))}
          onClose={() => setEditing(null)}
        >
          <Form.Item name="name" label={t("common.name")} rules={[{ required: true, whitespace: true, message: t("form.required") }]}><Input autoFocus maxLength={80} /></Form.Item>
          <Form.Item name="description" label={t("common.description")}><Input.TextArea rows={3} maxLength={500} /></Form.Item>
          <Form.Item name="members" label={t("departments.members")}><Select mode="multiple" optionFilterProp="label" options={people.map((one) => ({ value: one.id, label: one.name }))} /></Form.Item>
          <Form.Item name="is_default" label={t("departments.isDefault")} extra={t("departments.isDefaultHint")} valuePropName="checked"><Switch disabled={editing !== "new" && editing.is_default} /></Form.Item>
        </FormDialog>
      ) : null}
    </Page>
  );
}
