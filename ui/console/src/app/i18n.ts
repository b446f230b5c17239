import type { Language } from "@switchboard/api";
import { speakLanguage } from "@switchboard/api";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type zh from "@/texts/zh";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "texts";
    resources: { texts: typeof zh };
  }
}

const books: Record<Language, () => Promise<{ default: object }>> = {
  zh: () => import("@/texts/zh"),
  en: () => import("@/texts/en"),
};

/** Loads one language's book and speaks it; the other one is not fetched. */
export async function speak(language: Language): Promise<void> {
  const book = await books[language]();
  if (!i18next.isInitialized) {
    await i18next.use(initReactI18next).init({
      lng: language,
      defaultNS: "texts",
      ns: ["texts"],
      resources: { [language]: { texts: book.default } },
      interpolation: { escapeValue: false },
      returnNull: false,
    });
  } else {
    i18next.addResourceBundle(language, "texts", book.default, true, true);
    await i18next.changeLanguage(language);
  }
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  speakLanguage(language);
}
