import { useTranslation } from "react-i18next";
import { answersOf, type Told } from "./answers";

export function useAnswers(told: Told | undefined): [string, string][] {
  const { t } = useTranslation();
  return told === undefined ? [] : answersOf(told, (key) => t(`field.${key}` as "field.name", { defaultValue: key }), (yes) => t(yes ? "common.yes" : "common.no"));
}
