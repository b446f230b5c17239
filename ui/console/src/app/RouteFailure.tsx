import { Failure, useTitle } from "@switchboard/kit";
import { useTranslation } from "react-i18next";
import { useRouteError } from "react-router";

/** A screen that could not be loaded or drawn; mostly a new version was put up behind an open tab. */
export function RouteFailure() {
  const error = useRouteError();
  const { t } = useTranslation();
  useTitle(t("problem.screen"));
  return (
    <>
      <h1 className="sb-only-heard">{t("problem.screen")}</h1>
      <Failure title={t("problem.screen")} detail={error instanceof Error ? error.message : String(error)} retryLabel={t("act.reload")} onRetry={() => location.reload()} />
    </>
  );
}
