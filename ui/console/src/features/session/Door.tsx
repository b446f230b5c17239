import type { Language } from "@switchboard/api";
import { useTitle } from "@switchboard/kit";
import { Segmented } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { usePrefs } from "@/app/prefs";
import css from "./door.module.css";

/** The frame of the screens before the house. */
export function Door({ title, lead, children }: { title: string; lead: string; children: ReactNode }) {
  const { t } = useTranslation();
  const { language, set } = usePrefs();
  useTitle(title);
  return (
    <div className={css.door}>
      <aside className={css.side} aria-hidden="true">
        <div className={css.scene}>
          <p data-side="them">{t("door.scene.ask")}</p>
          <p data-side="us">{t("door.scene.answer")}</p>
          <p data-side="them">{t("door.scene.thanks")}</p>
        </div>
        <p className={css.claim}>{t("door.claim")}</p>
      </aside>
      <main className={css.main}>
        <div className={css.sheet}>
          <p className={css.brand}>
            <img src="/assets/switchboard.svg" alt="" width={30} height={30} />
            <span>{t("app.name")}</span>
          </p>
          <h1>{title}</h1>
          <p className="sb-quiet">{lead}</p>
          {children}
        </div>
        <Segmented<Language>
          size="small"
          aria-label={t("account.language")}
          value={language}
          onChange={(next) => set({ language: next })}
          options={[{ value: "zh", label: t("language.zh") }, { value: "en", label: t("language.en") }]}
        />
      </main>
    </div>
  );
}
