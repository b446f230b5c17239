import { Button, Input } from "antd";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { explain } from "@/app/errors";
import { useSession } from "@/app/session";
import { Door } from "./Door";
import css from "./door.module.css";
import { useSetPassword } from "./queries";
import { SHORTEST_PASSWORD } from "./rules";

export default function SetPasswordPage() {
  const { t } = useTranslation();
  const must = useSession((session) => session.who?.must_set_password === true);
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const setPassword = useSetPassword();
  const [hint, setHint] = useState<string | null>(null);

  if (!must) return <Navigate to="/" replace />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (first.length < SHORTEST_PASSWORD) return setHint(t("door.tooShort", { count: SHORTEST_PASSWORD }));
    if (first !== second) return setHint(t("door.notSame"));
    setHint(null);
    setPassword.mutate({ new: first });
  };
  const problem = hint ?? (setPassword.error ? explain(setPassword.error) : null);
  return (
    <Door title={t("door.setTitle")} lead={t("door.setLead", { count: SHORTEST_PASSWORD })}>
      <form className={css.form} onSubmit={submit}>
        {problem ? <p className={css.problem} role="alert">{problem}</p> : null}
        <label>
          {t("door.newPassword")}
          <Input.Password autoFocus required size="large" autoComplete="new-password" value={first} onChange={(event) => setFirst(event.target.value)} />
        </label>
        <label>
          {t("door.again")}
          <Input.Password required size="large" autoComplete="new-password" value={second} onChange={(event) => setSecond(event.target.value)} />
        </label>
        <Button type="primary" size="large" htmlType="submit" block loading={setPassword.isPending}>{t("door.set")}</Button>
      </form>
    </Door>
  );
}
