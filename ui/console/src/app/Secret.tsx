import { CopyLine } from "@switchboard/kit";
import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import css from "./forms.module.css";

/** Shows a secret the only time it can be seen. */
export function Secret({ title, hint, value, onClose }: { title: string; hint: string; value: string; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open title={title} okText={t("act.done")} onOk={onClose} onCancel={onClose} cancelButtonProps={{ hidden: true }} mask={{ closable: false }}>
      <div className={css.secret}>
        <p className={css.warn}>{hint}</p>
        <CopyLine text={value} label={title} copyLabel={t("act.copy")} copiedLabel={t("act.copied")} />
      </div>
    </Modal>
  );
}
