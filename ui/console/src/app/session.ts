import { api, type Language, type Permission, Problem, type MySiteView, speakForSite, type CurrentSession } from "@switchboard/api";
import { create } from "zustand";
import { queries } from "./cache";
import { usePrefs } from "./prefs";

interface Session {
  /** `asking` until the server said who we are. */
  state: "asking" | "out" | "in" | "unreachable";
  who: CurrentSession | null;
  site: MySiteView | null;
  reason: string | null;
}

export const useSession = create<Session>(() => ({ state: "asking", who: null, site: null, reason: null }));

/** Takes an answer of `/v1/session` as the present truth. */
export function enter(who: CurrentSession): void {
  const wanted = usePrefs.getState().site;
  const site = who.sites.find((one) => one.id === wanted) ?? who.sites[0] ?? null;
  const before = useSession.getState();
  if (before.site?.id !== site?.id || before.who?.user.id !== who.user.id) queries.clear();
  speakForSite(site?.id ?? null);
  useSession.setState({ state: "in", who, site, reason: null });
}

export function leave(): void {
  queries.clear();
  speakForSite(null);
  useSession.setState({ state: "out", who: null, site: null, reason: null });
}

export function chooseSite(id: number): void {
  usePrefs.getState().set({ site: id });
  const { who } = useSession.getState();
  if (who) enter(who);
}

/** Speaks it at once here, and from the next sign-in on everywhere. */
export function chooseLanguage(language: Language): void {
  usePrefs.getState().set({ language });
  if (useSession.getState().state === "in") void api.patch("/v1/me", { language }).catch(() => {});
}

/** Asks the server once at start, and again after a change of oneself. */
export async function askWhoAmI(): Promise<void> {
  try {
    enter(await api.get<CurrentSession>("/v1/session"));
  } catch (error) {
    if (Problem.is(error, "unauthenticated")) leave();
    else useSession.setState({ state: "unreachable", reason: error instanceof Error ? error.message : String(error) });
  }
}

export function useMay(permission: Permission | "superadmin" | null): boolean {
  return useSession((session) => may(session, permission));
}

export function may(session: Session, permission: Permission | "superadmin" | null): boolean {
  if (permission === null) return true;
  if (permission === "superadmin") return session.who?.superadmin === true;
  return session.site?.permissions.includes(permission) ?? false;
}
