import { api, type WhoAmI } from "@switchboard/api";
import { useMutation } from "@tanstack/react-query";
import { askWhoAmI, enter } from "@/app/session";

/** The answer to a sign-in may be shorter than `GET /v1/session`; that one is asked for what is missing. */
async function come(who: WhoAmI): Promise<void> {
  if (who.must_set_password === undefined || who.superadmin === undefined) await askWhoAmI();
  else enter(who);
}

export interface Credentials {
  email: string;
  password: string;
  totp?: string;
}

export function useSignIn() {
  return useMutation({ mutationFn: (body: Credentials) => api.post<WhoAmI>("/v1/session", body).then(come) });
}

export function useLinkSignIn() {
  return useMutation({ mutationFn: (token: string) => api.post<WhoAmI>("/v1/session/link", { token }).then(come) });
}

export function useSetPassword() {
  return useMutation({ mutationFn: (body: { current?: string; new: string }) => api.put<void>("/v1/me/password", body).then(askWhoAmI) });
}
