import { Problem } from "@switchboard/api";
import i18next from "i18next";
import { pair } from "./words";

const known = ["missing", "invalid", "conflict", "denied", "unauthenticated", "too-many-requests", "too-large", "unsupported", "unavailable", "storage-full", "broken", "offline"] as const;

/** What went wrong in the user's language, with the server's own sentence when it adds something. */
export function explain(error: unknown): string {
  if (!(error instanceof Problem)) return i18next.t("problem.broken");
  const slug = known.find((one) => one === error.slug) ?? "broken";
  const said = i18next.t(`problem.${slug}`);
  return error.slug === "offline" || !error.message || error.message === error.slug ? said : pair(said, error.message);
}
