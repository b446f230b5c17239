import { api, type DeliveryDetail, type DeliveryView, type EventType, type Page, type WebhookWithSecret } from "@switchboard/api";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { queries } from "@/app/cache";
import { resource } from "@/app/resource";
import type { HookView, NewHook, ResendFilter, Rotation } from "./types";

export const webhooks = resource<HookView, NewHook, WebhookWithSecret>("webhooks", "/v1/webhooks");

export function useEventTypes() {
  return useQuery({ queryKey: ["event-types"], queryFn: ({ signal }) => api.get<Page<EventType>>("/v1/events/types", {}, signal), staleTime: 3_600_000 });
}

const deliveriesKey = (webhook: number) => ["deliveries", webhook];

export function useDeliveries(webhook: number, status: string | null) {
  return useInfiniteQuery({
    queryKey: [...deliveriesKey(webhook), status],
    queryFn: ({ pageParam, signal }) => api.get<Page<DeliveryView>>(`/v1/webhooks/${webhook}/deliveries`, { status, after: pageParam, limit: 50 }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    // What is under way is awaited by somebody who just pressed a button.
    refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.items.some((one) => one.status === "pending")) ? 1_500 : 10_000),
  });
}

export function useDelivery(id: string) {
  return useQuery({ queryKey: ["delivery", id], queryFn: ({ signal }) => api.get<DeliveryDetail>(`/v1/webhook-deliveries/${id}`, {}, signal) });
}

export function useResend(webhook: number) {
  return useMutation({
    mutationFn: (id: string) => api.post<void>(`/v1/webhook-deliveries/${id}/resend`),
    onSuccess: (_, id) => Promise.all([queries.invalidateQueries({ queryKey: deliveriesKey(webhook) }), queries.invalidateQueries({ queryKey: ["delivery", id] })]),
  });
}

export function useTest(webhook: number) {
  return useMutation({ mutationFn: () => api.post<void>(`/v1/webhooks/${webhook}/test`), onSuccess: () => queries.invalidateQueries({ queryKey: deliveriesKey(webhook) }) });
}

export function useRotate(webhook: number) {
  return useMutation({ mutationFn: (rotation: Rotation) => api.post<{ secret: string }>(`/v1/webhooks/${webhook}/secret`, rotation), onSuccess: () => queries.invalidateQueries({ queryKey: ["webhooks"] }) });
}

/** Only the newest secret signs from then on. */
export function useExpireSecrets(webhook: number) {
  return useMutation({ mutationFn: () => api.delete(`/v1/webhooks/${webhook}/old-secrets`), onSuccess: () => queries.invalidateQueries({ queryKey: ["webhooks"] }) });
}

/** How many deliveries would be sent again; nothing happens. */
export function useResendCount(webhook: number, filter: ResendFilter) {
  return useQuery({ queryKey: ["resend-count", webhook, filter], queryFn: ({ signal }) => api.post<{ count: number }>(`/v1/webhooks/${webhook}/resend`, { ...filter, dry_run: true }, { signal }), staleTime: 0, gcTime: 0 });
}

export function useResendMany(webhook: number) {
  return useMutation({ mutationFn: (filter: ResendFilter) => api.post<{ count: number }>(`/v1/webhooks/${webhook}/resend`, { ...filter, dry_run: false }), onSuccess: () => queries.invalidateQueries({ queryKey: deliveriesKey(webhook) }) });
}
