import { Problem } from "@switchboard/api";
import { Button, Input } from "antd";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useLocation } from "react-router";
import { explain } from "@/app/errors";
import { useSession } from "@/app/session";
import { Door } from "./Door";
import css from "./door.module.css";
import { useSignIn } from "./queries";

export default function SignInPage() {
  const { t } = useTranslation();
  const place = useLocation() as { state: { from?: string } | null };
  const state = useSession((session) => session.state);
  const signIn = useSignIn();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [totp, setTotp] = useState("");
  const [asksTotp, setAsksTotp] = useState(false);

  if (state === "in") return <Navigate to={place.state?.from ?? "/"} replace />;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate(
      { email: email.trim(), password, ...(asksTotp ? { totp: totp.replace(/\s/g, "") } : {}) },
      { onError: (error) => Problem.is(error, "totp-required") && setAsksTotp(true) },
    );
  };
  const failed = signIn.error && !(Problem.is(signIn.error, "totp-required") && !signIn.variables?.totp) ? signIn.error : null;
  const words = failed && (Problem.is(failed, "unauthenticated") || Problem.is(failed, "totp-required")) ? t(asksTotp ? "door.wrongCode" : "door.wrong") : failed ? explain(failed) : null;

  return (
    <Door title={t(asksTotp ? "door.totpTitle" : "door.title")} lead={t(asksTotp ? "door.totpLead" : "door.lead")}>
      <form className={css.form} onSubmit={submit}>
        {words ? <p className={css.problem} role="alert">{words}</p> : null}
        {asksTotp ? (
          <label key="totp">
            {t("door.code")}
            <Input autoFocus required size="large" inputMode="numeric" autoComplete="one-time-code" maxLength={24} value={totp} onChange={(event) => setTotp(event.target.value)} />
          </label>
        ) : (
          <>
            <label>
              {t("door.email")}
              <Input autoFocus required size="large" type="email" name="email" autoComplete="username" value={email} onChange={(event) => setEmail(event.target.value)} />
            </label>
            <label>
              {t("door.password")}
              <Input.Password required size="large" name="password" autoComplete="current-password" value={password} onChange={(event) => setPassword(event.target.value)} />
            </label>
          </>
        )}
        <Button type="primary" size="large" htmlType="submit" block loading={signIn.isPending}>{t("door.enter")}</Button>
        {asksTotp ? <Button type="link" onClick={() => (setAsksTotp(false), setTotp(""), signIn.reset())}>{t("act.back")}</Button> : null}
      </form>
    </Door>
  );
}
