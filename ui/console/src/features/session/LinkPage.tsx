import { Button } from "antd";
import { useEffect, useState } from "react";
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
  const { mutate } = signIn;
  const state = useSession((session) => session.state);
  const entered = signIn.isSuccess && state === "in";

  // A link works once, so it is used only when asked for: mail scanners open pages but press no buttons.
  useEffect(() => {
    document.title = t("app.name");
  }, [t]);

  if (entered) return <Navigate to="/" replace />;
  return (
    <Door title={t("door.linkTitle")} lead={t(token ? "door.linkLead" : "door.linkEmpty")}>
      <div className={css.form}>
        {signIn.error ? <p className={css.problem} role="alert">{`${t("door.linkFailed")} ${explain(signIn.error)}`}</p> : null}
        {token && !signIn.error ? <Button autoFocus type="primary" size="large" block loading={signIn.isPending} onClick={() => mutate(token)}>{t("door.enter")}</Button> : null}
        {!token || signIn.error ? <Button size="large" block onClick={() => void navigate("/sign-in")}>{t("door.toPassword")}</Button> : null}
      </div>
    </Door>
  );
}
