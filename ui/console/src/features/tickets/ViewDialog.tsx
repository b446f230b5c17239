import { Checkbox, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { FormDialog } from "@/app/FormDialog";
import { useMay } from "@/app/session";
import { filterOf, type Question } from "./filter";
import { views } from "./queries";
import type { SavedView } from "./types";

interface ViewDialogProps {
  question: Question;
  from: SavedView | undefined;
  onMade: (id: number) => void;
  onClose: () => void;
}

/** Keeps what is asked now under a name. */
export function ViewDialog({ question, from, onMade, onClose }: ViewDialogProps) {
  const { t } = useTranslation();
  const shares = useMay("manage_tickets");
  const create = views.useCreate();
  const save = async ({ name, shared }: { name: string; shared: boolean }) => {
    const made = await create.mutateAsync({ name, shared: shared ?? false, ...filterOf(question, from) });
    onMade(made.id);
  };
  return (
    <FormDialog<{ name: string; shared: boolean }> title={t("tickets.view.save")} okText={t("act.save")} initial={{ name: "", shared: false }} submit={save} onClose={onClose}>
      <Form.Item name="name" label={t("common.name")} rules={[{ required: true, whitespace: true, message: t("form.required") }]}><Input autoFocus maxLength={100} /></Form.Item>
      {shares ? <Form.Item name="shared" valuePropName="checked"><Checkbox>{t("tickets.view.shared")}</Checkbox></Form.Item> : null}
    </FormDialog>
  );
}
