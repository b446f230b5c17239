import { api, type Page } from "@switchboard/api";
import { useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { create } from "zustand";
import { useMay } from "@/app/session";
import { span } from "@/app/time";
import { words } from "@/app/words";
import type { NoticeView } from "./types";

const GRAVITY = ["green", "yellow", "orange", "red"];
const gravity = ({ level }: NoticeView) => GRAVITY.indexOf(level);

/** What still lasts, the gravest first, then the newest. */
export const lasting = (notices: NoticeView[]): NoticeView[] => notices.filter(({ until }) => until === null).sort((a, b) => gravity(b) - gravity(a) || b.since.localeCompare(a.since));

/** The words of an alarm: by its kind, filled from its data. */
export function noticeText(t: TFunction, { kind, text_key, data }: NoticeView): string {
  const said = (data ?? {}) as { broker?: string; name?: string; queue?: string; oldest_ms?: number; url?: string; level?: string; subject?: string };
  const { subject } = said;
  const level = GRAVITY.find((one) => one === said.level) as "red" | undefined;
  const holes = {
    kind: kind.replaceAll("_", " "),
    subject: subject ?? "",
    broker: said.broker ?? said.name ?? subject ?? "",
    queue: said.queue ?? subject ?? "",
    age: span(said.oldest_ms ?? 0),
    url: said.url ?? subject ?? "",
    level: level ? t(`events.level.${level}`) : (said.level ?? ""),
  };
  return words(`notices.kind.${kind}`, "", holes) || words(text_key, "", holes) || t("notices.kind.other", holes);
}

/** Where to look because of it. */
export const noticePath = ({ kind, data }: NoticeView): string =>
  kind.startsWith("endpoint") ? `/settings/webhooks${data?.["webhook"] ? `/${data["webhook"]}` : ""}` : "/settings/events";

/** Alarms that somebody has seen enough of; one that is new shows again. */
export const useHidden = create<{ ids: string[]; hide: (notices: NoticeView[]) => void }>((set) => ({
  ids: JSON.parse(sessionStorage.getItem("switchboard.notices") ?? "[]") as string[],
  hide: (notices) =>
    set(() => {
      const ids = notices.map(({ id }) => String(id));
      sessionStorage.setItem("switchboard.notices", JSON.stringify(ids));
      return { ids };
    }),
}));

export const useNotices = () =>
  useQuery({ queryKey: ["event-notices"], queryFn: ({ signal }) => api.get<Page<NoticeView>>("/v1/event-notices", {}, signal), refetchInterval: 15_000, enabled: useMay("view_events"), retry: false });
