import { Checkbox, Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { FormDialog } from "@/app/FormDialog";
import { useDepartments } from "@/features/desk/queries";
import { useNewTicket, usePeople } from "./queries";
import css from "./tickets.module.css";
import { type NewTicket, PRIORITIES, type Priority, type TicketView } from "./types";

interface Values {
  name: string;
  email: string;
  subject: string;
  text: string;
  priority: Priority;
  assignee?: number;
  department?: number;
  tags: string[];
  ours: boolean;
}

export function NewTicketDialog({ onMade, onClose }: { onMade: (ticket: TicketView) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const create = useNewTicket();
  const people = usePeople();
  const departments = useDepartments().data?.items ?? [];
  const required = { required: true, whitespace: true, message: t("form.required") };
  const save = async ({ name, email, subject, text, priority, assignee, department, tags, ours }: Values) => {
    const ticket: NewTicket = { subject, requester: { name: name ?? "", email: email ?? "" }, text, priority, tags, ...(ours ? { author: "staff" as const } : {}), ...(assignee ? { assignee } : {}), ...(department ? { department } : {}) };
    onMade(await create.mutateAsync(ticket));
  };
  return (
    <FormDialog<Values> title={t("tickets.new.title")} okText={t("act.create")} initial={{ name: "", email: "", subject: "", text: "", priority: "normal", tags: [], ours: false }} submit={save} onClose={onClose} width={640}>
      <div className={css.pair}>
        <Form.Item name="name" label={t("tickets.new.requester")}><Input autoFocus maxLength={200} autoComplete="off" /></Form.Item>
        <Form.Item name="email" label={t("field.email")} extra={t("tickets.new.emailHint")} rules={[{ type: "email", message: t("form.email") }]}><Input inputMode="email" maxLength={254} autoComplete="off" /></Form.Item>
      </div>
      <Form.Item name="subject" label={t("tickets.field.subject")} rules={[required]}><Input maxLength={200} /></Form.Item>
      <Form.Item name="text" label={t("tickets.new.text")} rules={[required]}><Input.TextArea rows={5} maxLength={20_000} /></Form.Item>
      <Form.Item name="ours" valuePropName="checked"><Checkbox>{t("tickets.new.ours")}</Checkbox></Form.Item>
      <div className={css.pair}>
        <Form.Item name="priority" label={t("tickets.field.priority")}><Select options={PRIORITIES.map((value) => ({ value, label: t(`tickets.priority.${value}`) }))} /></Form.Item>
        <Form.Item name="department" label={t("tickets.field.department")}><Select allowClear options={departments.map(({ id, name }) => ({ value: id, label: name }))} /></Form.Item>
        <Form.Item name="assignee" label={t("tickets.field.assignee")}><Select allowClear showSearch optionFilterProp="label" options={people.map(({ id, name }) => ({ value: id, label: name }))} /></Form.Item>
        <Form.Item name="tags" label={t("tickets.field.tags")}><Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", " "]} /></Form.Item>
      </div>
    </FormDialog>
  );
}
