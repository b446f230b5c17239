import { useTranslation } from "react-i18next";
import { useLive } from "@/live/live";
import { useNow } from "./time";
import css from "./shell.module.css";

/** Says when what is shown may be old. Short interruptions stay unspoken. */
export function ConnectionBanner() {
  const { t } = useTranslation();
  const { state, since, opened } = useLive();
  const now = useNow();
  const worried = opened > 0 && (state === "offline" || ((state === "connecting" || state === "catching-up") && now - since > 2_500));
  return (
    <div role="status" aria-live="polite">
      {worried ? (
        <p className={css.banner} data-state={state}>
          <i aria-hidden="true" />
          <strong>{t(`live.${state}`)}</strong>
          <span>{t(`live.hint.${state === "offline" ? "offline" : "back"}`)}</span>
        </p>
      ) : null}
    </div>
  );
}
