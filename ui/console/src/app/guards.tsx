import { LockOutlined } from "@ant-design/icons";
import type { Permission } from "@switchboard/api";
import { Empty, Failure, useTitle } from "@switchboard/kit";
import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Navigate, Outlet, useLocation } from "react-router";
import { useDoors } from "./doors";
import { usePrefs } from "./prefs";
import { askWhoAmI, useMay, useSession } from "./session";

export function Root() {
  return <Outlet />;
}

/** Lets through who is signed in; others go to the door and come back to where they wanted. */
export function SignedIn() {
  const { state, who, reason } = useSession();
  const { t } = useTranslation();
  const place = useLocation();
  const language = who?.user.language;
  useEffect(() => {
    if (language) usePrefs.getState().set({ language });
  }, [language]);

  if (state === "asking") return null;
  if (state === "unreachable") {
    return (
      <main>
        <h1 className="sb-only-heard">{t("app.name")}</h1>
        <Failure title={t("problem.unreachable")} {...(reason ? { detail: reason } : {})} retryLabel={t("act.retry")} onRetry={() => void askWhoAmI()} />
      </main>
    );
  }
  if (state === "out") return <Navigate to="/sign-in" replace state={{ from: place.pathname + place.search }} />;
  if (who?.must_set_password && place.pathname !== "/set-password") return <Navigate to="/set-password" replace />;
  return <Outlet />;
}

/** The first screen this person may see; whoever may see none still has a page of one's own. */
export function Home() {
  const [first] = useDoors();
  return <Navigate to={first?.path ?? "/me"} replace />;
}

/** Says what is missing and whom to ask. */
export function Denied({ need }: { need: Permission | "superadmin" }) {
  const { t } = useTranslation();
  useTitle(t("denied.title"));
  const permission = need === "superadmin" ? t("denied.superadmin") : t(`permission.${need}.name`);
  return (
    <>
      <h1 className="sb-only-heard">{t("denied.title")}</h1>
      <Empty icon={<LockOutlined aria-hidden="true" />} title={t("denied.title")} hint={t("denied.hint", { permission })} />
    </>
  );
}

/** Shows its content to who may see it, and to others a sentence that says whom to ask. */
export function Allowed({ need, children }: { need: Permission | "superadmin"; children: ReactNode }) {
  const allowed = useMay(need);
  if (allowed) return children;
  return <Denied need={need} />;
}
