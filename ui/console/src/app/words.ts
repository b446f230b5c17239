import i18next from "i18next";

/** The words of a key that is made at run time (a code of the server's); what the books do not know is said as it came. */
export function words(key: string, otherwise = "", holes: object = {}): string {
  return i18next.exists(key) ? String(i18next.t(key as never, holes as never)) : otherwise;
}

/** A name and what it is, with the colon of the user's language. */
export const pair = (name: string, value: string | number): string => i18next.t("common.pair", { name, value });
