import { api, type MePatch, type Page, type RecoveryCodesView, type Session, type TotpSecretView } from "@switchboard/api";
import { useMutation, useQuery } from "@tanstack/react-query";
import { queries } from "@/app/cache";
import { askWhoAmI } from "@/app/session";

export const useChangeMe = () => useMutation({ mutationFn: (change: MePatch) => api.patch<void>("/v1/me", change).then(askWhoAmI) });
export const useChangePassword = () => useMutation({ mutationFn: (body: { current: string; new: string }) => api.put<void>("/v1/me/password", body) });
export const useOfferTotp = () => useMutation({ mutationFn: () => api.post<TotpSecretView>("/v1/me/totp") });
export const useConfirmTotp = () => useMutation({ mutationFn: (code: string) => api.put<RecoveryCodesView>("/v1/me/totp", { code }) });
export const useDropTotp = () => useMutation({ mutationFn: (password: string) => api.delete("/v1/me/totp", { password }).then(askWhoAmI) });

const key = ["my-sessions"];
export const useMySessions = () => useQuery({ queryKey: key, queryFn: ({ signal }) => api.get<Page<Session>>("/v1/me/sessions", {}, signal) });
export const useRevokeMySession = () => useMutation({ mutationFn: (id: number) => api.delete(`/v1/me/sessions/${id}`), onSuccess: () => queries.invalidateQueries({ queryKey: key }) });
