import { api, type Credentials, type CurrentSession, type LinkToken, type MePatch } from "@switchboard/api";
import { useMutation } from "@tanstack/react-query";
import { usePrefs } from "@/app/prefs";
import { askWhoAmI, enter } from "@/app/session";

export function useSignIn() {
  return useMutation({ mutationFn: (body: Credentials) => api.post<CurrentSession>("/v1/session", body).then(enter) });
}

/** Who comes for the first time keeps the language and the time zone of this browser. */
async function settleIn(who: CurrentSession): Promise<CurrentSession> {
  if (!who.must_set_password || who.user.time_zone) return who;
  const change: MePatch = { language: usePrefs.getState().language, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone };
  return api.patch<CurrentSession>("/v1/me", change).catch(() => who);
}

export function useLinkSignIn() {
  return useMutation({ mutationFn: (link: LinkToken) => api.post<CurrentSession>("/v1/session/link", link).then(settleIn).then(enter) });
}

export function useSetPassword() {
  return useMutation({ mutationFn: (body: { current?: string; new: string }) => api.put<void>("/v1/me/password", body).then(askWhoAmI) });
}
