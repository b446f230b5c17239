import type { DepartmentView, NewUser, RoleView, UserView } from "@switchboard/api";
import { Form, Input, InputNumber, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { FormDialog } from "@/app/FormDialog";
import { roleName } from "./roleName";

interface UserDialogProps {
  user: UserView | null;
  roles: RoleView[];
  departments: DepartmentView[];
  submit: (values: NewUser) => Promise<unknown>;
  onClose: () => void;
}

export function UserDialog({ user, roles, departments, submit, onClose }: UserDialogProps) {
  const { t } = useTranslation();
  const required = { required: true, message: t("form.required") };
  const initial: Partial<NewUser> = user
    ? { email: user.email, name: user.name, role_id: user.role_id, departments: user.departments, chat_limit: user.chat_limit, accepts_chats: user.accepts_chats }
    : { departments: departments.filter((one) => one.is_default).map((one) => one.id), chat_limit: 5, accepts_chats: true, ...(roles[0] ? { role_id: (roles.find((one) => one.built_in === "agent") ?? roles[0]).id } : {}) };
  return (
    <FormDialog<NewUser> title={t(user ? "users.edit" : "users.add")} okText={t(user ? "act.save" : "users.invite")} initial={initial} submit={submit} onClose={onClose}>
      <Form.Item name="name" label={t("common.name")} rules={[{ ...required, whitespace: true }]}><Input autoFocus maxLength={80} /></Form.Item>
      <Form.Item name="email" label={t("door.email")} rules={[required, { type: "email", message: t("form.email") }]}><Input maxLength={254} inputMode="email" /></Form.Item>
      <Form.Item name="role_id" label={t("users.role")} rules={[required]}><Select options={roles.map((role) => ({ value: role.id, label: roleName(t, role) }))} /></Form.Item>
      <Form.Item name="departments" label={t("users.departments")}><Select mode="multiple" optionFilterProp="label" options={departments.map((one) => ({ value: one.id, label: one.name }))} /></Form.Item>
      <Form.Item name="accepts_chats" label={t("users.accepts")} valuePropName="checked"><Switch /></Form.Item>
      <Form.Item noStyle dependencies={["accepts_chats"]}>
        {({ getFieldValue }) => (
          <Form.Item name="chat_limit" label={t("users.limitLabel")} hidden={!getFieldValue("accepts_chats")}><InputNumber min={1} max={100} /></Form.Item>
        )}
      </Form.Item>
    </FormDialog>
  );
}
