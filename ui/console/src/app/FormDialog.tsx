import { Problem } from "@switchboard/api";
import { Form, type FormProps, Modal } from "antd";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { explain } from "./errors";
import css from "./forms.module.css";

interface FormDialogProps<Values> {
  title: string;
  okText: string;
  initial: Partial<Values>;
  submit: (values: Values) => Promise<unknown>;
  onClose: () => void;
  width?: number;
  children: ReactNode;
}

/** A form in a dialog. A refusal that names a field is shown at that field, any other above the form. */
export function FormDialog<Values extends object>({ title, okText, initial, submit, onClose, width = 480, children }: FormDialogProps<Values>) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const finish = async (values: Values) => {
    setBusy(true);
    setProblem(null);
    try {
      await submit(values);
      onClose();
    } catch (error) {
      const field = error instanceof Problem ? error.field : undefined;
      const known = field !== undefined && form.getFieldInstance(field as never) !== undefined;
      if (known) form.setFields([{ name: field as never, errors: [explain(error)] }]);
      else setProblem(explain(error));
    } finally {
      setBusy(false);
    }
  };
  const first: FormProps<Values>["initialValues"] = initial;
  return (
    <Modal open title={title} okText={okText} cancelText={t("act.cancel")} okButtonProps={{ loading: busy, htmlType: "submit" }} onOk={form.submit} onCancel={onClose} width={width} mask={{ closable: false }}>
      <Form<Values> form={form} layout="vertical" requiredMark={false} initialValues={first ?? {}} onFinish={(values) => void finish(values)} className={css.form ?? ""}>
        {problem ? <p className={css.problem} role="alert">{problem}</p> : null}
        {children}
        <button type="submit" hidden />
      </Form>
    </Modal>
  );
}
