import { api, type Credentials, type CurrentSession } from "@switchboard/api";
import { useMutation } from "@tanstack/react-query";
import { askWhoAmI, enter } from "@/app/session";

export function useSignIn() {
  return useMutation({ mutationFn: (body: Credentials) => api.post<CurrentSession>("/v1/session", body).then(enter) });
}

export function useLinkSignIn() {
  return useMutation({ mutationFn: (token: string) => api.post<CurrentSession>("/v1/session/link", { token }).then(enter) });
}

export function useSetPassword() {
  return useMutation({ mutationFn: (body: { current?: string; new: string }) => api.put<void>("/v1/me/password", body).then(askWhoAmI) });
}
