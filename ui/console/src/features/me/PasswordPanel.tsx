import { Panel } from "@switchboard/kit";
import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { useTry } from "@/app/ask";
import { SHORTEST_PASSWORD } from "@/features/session/rules";
import { useChangePassword } from "./queries";

interface Passwords {
  current: string;
  new: string;
  again: string;
}

export function PasswordPanel() {
  const { t } = useTranslation();
  const attempt = useTry();
  const [form] = Form.useForm<Passwords>();
  const change = useChangePassword();
  const required = { required: true, message: t("form.required") };
  const save = (values: Passwords) => attempt(change.mutateAsync({ current: values.current, new: values.new }).then(() => form.resetFields()), t("me.passwordChanged"));
  return (
    <Panel title={t("door.password")}>
      <Form<Passwords> form={form} layout="vertical" requiredMark={false} onFinish={save}>
        <Form.Item name="current" label={t("me.current")} rules={[required]}><Input.Password autoComplete="current-password" /></Form.Item>
        <Form.Item name="new" label={t("door.newPassword")} rules={[required, { min: SHORTEST_PASSWORD, message: t("door.tooShort", { count: SHORTEST_PASSWORD }) }]}><Input.Password autoComplete="new-password" /></Form.Item>
        <Form.Item name="again" label={t("door.again")} dependencies={["new"]} rules={[required, ({ getFieldValue }) => ({ validator: (_, value) => (!value || value === getFieldValue("new") ? Promise.resolve() : Promise.reject(new Error(t("door.notSame")))) })]}><Input.Password autoComplete="new-password" /></Form.Item>
        <Button type="primary" htmlType="submit" loading={change.isPending}>{t("me.changePassword")}</Button>
      </Form>
    </Panel>
  );
}
