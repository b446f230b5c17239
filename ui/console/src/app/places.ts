import i18next from "i18next";

/** A country's name in the user's language, from its two letters; anything else as it came. */
export function country(code: string | null | undefined): string {
  if (!code) return "";
  if (!/^[A-Za-z]{2}$/.test(code)) return code;
  try {
    return new Intl.DisplayNames([i18next.language === "zh" ? "zh-CN" : "en"], { type: "region" }).of(code.toUpperCase()) ?? code;
  } catch {
    return code;
  }
}

export const placeOf = (code: string | null | undefined, city?: string | null) => [city, country(code)].filter(Boolean).join(", ");
