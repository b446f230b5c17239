import { Problem } from "@switchboard/api";
import { Button, Input } from "antd";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, useNavigate } from "react-router";
import { explain } from "@/app/errors";
import { useSession } from "@/app/session";
import { Door } from "./Door";
import css from "./door.module.css";
import { useLinkSignIn } from "./queries";

/** The token stands in the fragment, which no server and no log ever sees; it is wiped from the address at once. */
function takeToken(): string {
  const token = decodeURIComponent(location.hash.slice(1));
  if (token) history.replaceState(history.state, "", "/link");
  return token;
}

export default function LinkPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [token] = useState(takeToken);
  const signIn = useLinkSignIn();
  const [totp, setTotp] = useState("");
  const [asksTotp, setAsksTotp] = useState(false);
  const state = useSession((session) => session.state);
  // A link works once, so it is used only when asked for: mail scanners open pages but press no buttons.
  const entered = signIn.isSuccess && state === "in";

  if (entered) return <Navigate to="/" replace />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const code = totp.replace(/\s/g, "");
    signIn.mutate({ token, ...(code ? { totp: code } : {}) }, { onError: (error) => Problem.is(error, "totp-required") && setAsksTotp(true) });
  };
  const wantsCode = asksTotp && Problem.is(signIn.error, "totp-required");
  const failed = signIn.error && !wantsCode ? `${t("door.linkFailed")} ${explain(signIn.error)}` : wantsCode && signIn.variables?.totp ? t("door.wrongCode") : null;
  const usable = token !== "" && (!signIn.error || wantsCode);
  return (
    <Door title={t(asksTotp ? "door.totpTitle" : "door.linkTitle")} lead={t(asksTotp ? "door.totpLead" : token ? "door.linkLead" : "door.linkEmpty")}>
      <form className={css.form} onSubmit={submit}>
        {failed ? <p className={css.problem} role="alert">{failed}</p> : null}
        {asksTotp && usable ? (
          <label>
            {t("door.code")}
            <Input autoFocus required size="large" inputMode="numeric" autoComplete="one-time-code" maxLength={24} value={totp} onChange={(event) => setTotp(event.target.value)} />
          </label>
        ) : null}
        {usable ? <Button autoFocus={!asksTotp} type="primary" size="large" htmlType="submit" block loading={signIn.isPending}>{t("door.enter")}</Button> : null}
        {usable ? null : <Button size="large" block onClick={() => void navigate("/sign-in")}>{t("door.toPassword")}</Button>}
      </form>
    </Door>
  );
}
