import type { TotpSecretView } from "@switchboard/api";
import { Chip, CopyLine, Panel } from "@switchboard/kit";
import { Button, Form, Input, Modal, QRCode } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useTry } from "@/app/ask";
import { FormDialog } from "@/app/FormDialog";
import { askWhoAmI } from "@/app/session";
import css from "./me.module.css";
import { useConfirmTotp, useDropTotp, useOfferTotp } from "./queries";

/** The second step at sign-in: on, off, and the codes for the day the phone is lost. */
export function TotpPanel({ enabled }: { enabled: boolean }) {
  const { t } = useTranslation();
  const attempt = useTry();
  const offer = useOfferTotp();
  const confirm = useConfirmTotp();
  const drop = useDropTotp();
  const [offered, setOffered] = useState<TotpSecretView | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [dropping, setDropping] = useState(false);
  const begin = () => attempt(offer.mutateAsync().then(setOffered));
  const finish = async ({ code }: { code: string }) => setCodes((await confirm.mutateAsync(code.replace(/\s/g, ""))).recovery_codes);
  return (
    <Panel title={t("totp.title")} hint={t("totp.hint")} extra={<Chip tone={enabled ? "good" : "quiet"}>{t(enabled ? "common.on" : "common.off")}</Chip>}>
      {enabled ? <Button danger onClick={() => setDropping(true)}>{t("totp.drop")}</Button> : <Button type="primary" loading={offer.isPending} onClick={begin}>{t("totp.begin")}</Button>}
      {offered && !codes ? (
        <FormDialog<{ code: string }> title={t("totp.begin")} okText={t("totp.confirm")} initial={{ code: "" }} submit={finish} onClose={() => setOffered(null)}>
          <div className={css.totp}>
            <QRCode value={offered.otpauth_url} size={176} color="#000000" bgColor="#ffffff" bordered={false} aria-label={t("totp.qr")} />
            <div>
              <p>{t("totp.scan")}</p>
              <CopyLine text={offered.secret} label={t("totp.secret")} copyLabel={t("act.copy")} copiedLabel={t("act.copied")} />
            </div>
          </div>
          <Form.Item name="code" label={t("door.code")} rules={[{ required: true, message: t("form.required") }]}><Input autoFocus inputMode="numeric" autoComplete="one-time-code" maxLength={8} /></Form.Item>
        </FormDialog>
      ) : null}
      {codes ? (
        <Modal open title={t("totp.codes")} okText={t("totp.codesKept")} cancelButtonProps={{ hidden: true }} closable={false} mask={{ closable: false }} onOk={() => (setCodes(null), setOffered(null), void askWhoAmI())}>
          <p>{t("totp.codesHint")}</p>
          <ol className={css.codes}>{codes.map((code) => <li key={code}><code>{code}</code></li>)}</ol>
          <CopyLine text={codes.join(" ")} label={t("totp.codes")} copyLabel={t("act.copy")} copiedLabel={t("act.copied")} />
        </Modal>
      ) : null}
      {dropping ? (
        <FormDialog<{ password: string }> title={t("totp.drop")} okText={t("totp.drop")} initial={{ password: "" }} submit={({ password }) => drop.mutateAsync(password)} onClose={() => setDropping(false)}>
          <Form.Item name="password" label={t("door.password")} rules={[{ required: true, message: t("form.required") }]}><Input.Password autoFocus autoComplete="current-password" /></Form.Item>
        </FormDialog>
      ) : null}
    </Panel>
  );
}
