import { useTranslation } from "react-i18next";
import { useDesk } from "@/features/desk/queries";
import css from "./shell.module.css";

/** Says why nothing can be sent, to everybody who answers: they are the first to notice and cannot see why. */
export function StorageBanner() {
  const { t } = useTranslation();
  const full = useDesk().data?.storage_full === true;
  return (
    <div role="status" aria-live="polite">
      {full ? (
        <p className={css.banner} data-state="full">
          <i aria-hidden="true" />
          <strong>{t("full.title")}</strong>
          <span>{t("full.hint")}</span>
        </p>
      ) : null}
    </div>
  );
}
