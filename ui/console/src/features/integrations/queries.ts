import { api, type Page } from "@switchboard/api";
import { useMutation, useQuery } from "@tanstack/react-query";
import { queries } from "@/app/cache";
import { usePages } from "@/app/pages";
import type { IntegrationDetail, IntegrationView, LogRow, Settings, TestAnswer } from "./types";

const again = () => Promise.all([queries.invalidateQueries({ queryKey: ["integrations"] }), queries.invalidateQueries({ queryKey: ["integration"] })]);

export const useIntegrations = () => useQuery({ queryKey: ["integrations"], queryFn: ({ signal }) => api.get<Page<IntegrationView>>("/v1/integrations", {}, signal), refetchInterval: 15_000 });
export const useIntegration = (kind: string) => useQuery({ queryKey: ["integration", kind], queryFn: ({ signal }) => api.get<IntegrationDetail>(`/v1/integrations/${kind}`, {}, signal) });
export const useSaveIntegration = (kind: string) => useMutation({ mutationFn: (body: { enabled: boolean; settings: Settings }) => api.put<IntegrationDetail>(`/v1/integrations/${kind}`, body), onSuccess: again });
export const useTestIntegration = (kind: string) => useMutation({ mutationFn: () => api.post<TestAnswer>(`/v1/integrations/${kind}/test`), onSettled: again });
export const useResendLetter = () => useMutation({ mutationFn: (id: LogRow["id"]) => api.post<LogRow>(`/v1/integrations/email/log/${id}/resend`), onSettled: () => queries.invalidateQueries({ queryKey: ["integration-log", "email"] }) });
export const useIntegrationLog = (kind: string) => usePages<LogRow>(["integration-log", kind], `/v1/integrations/${kind}/log`, {}, { refetchInterval: 10_000 });
