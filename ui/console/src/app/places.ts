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

/** A language's name in the user's language, from a browser's tag (`zh-CN`); anything else as it came. */
export function tongue(tag: string | null | undefined): string {
  if (!tag) return "";
  try {
    return new Intl.DisplayNames([i18next.language === "zh" ? "zh-CN" : "en"], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

export const placeOf = (code: string | null | undefined, city?: string | null) => [city, country(code)].filter(Boolean).join(", ");
