import type { Uuid } from "@switchboard/api";
import i18next from "i18next";

/** What a visitor is called; who gave no name is told apart by the end of the id. */
export const visitorName = ({ id, name }: { id: Uuid; name?: string | null }): string => name || i18next.t("desk.nameless", { code: id.slice(-4).toUpperCase() });
