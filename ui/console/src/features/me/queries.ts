import { api, type Language, type Page, type RecoveryCodes, type SessionView, type TotpOffer } from "@switchboard/api";
import { useMutation, useQuery } from "@tanstack/react-query";
import { queries } from "@/app/Providers";
import { askWhoAmI } from "@/app/session";

export interface MePatch {
  name?: string;
  language?: Language;
  time_zone?: string;
}

export const useChangeMe = () => useMutation({ mutationFn: (change: MePatch) => api.patch<void>("/v1/me", change).then(askWhoAmI) });
export const useChangePassword = () => useMutation({ mutationFn: (body: { current: string; new: string }) => api.put<void>("/v1/me/password", body) });
export const useOfferTotp = () => useMutation({ mutationFn: () => api.post<TotpOffer>("/v1/me/totp") });
export const useConfirmTotp = () => useMutation({ mutationFn: (code: string) => api.put<RecoveryCodes>("/v1/me/totp", { code }) });
export const useDropTotp = () => useMutation({ mutationFn: (password: string) => api.delete("/v1/me/totp", { password }).then(askWhoAmI) });

const key = ["my-sessions"];
export const useMySessions = () => useQuery({ queryKey: key, queryFn: ({ signal }) => api.get<Page<SessionView>>("/v1/me/sessions", {}, signal) });
export const useRevokeMySession = () => useMutation({ mutationFn: (id: number) => api.delete(`/v1/me/sessions/${id}`), onSuccess: () => queries.invalidateQueries({ queryKey: key }) });
