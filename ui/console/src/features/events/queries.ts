import { api, type EventType, type Page, type Query } from "@switchboard/api";
import { useMutation, useQuery } from "@tanstack/react-query";
import { queries } from "@/app/cache";
import { usePages } from "@/app/pages";
import { resource } from "@/app/resource";
import { useMay } from "@/app/session";
import type { DeadLetterDetail, DeadLetterRow, EventDetail, EventRow, LetterFilter, NewReplay, NewSubscription, PipelineView, ReplayView, RetentionView, SubscriptionView } from "./types";

const again = (...names: string[]) => Promise.all(names.map((name) => queries.invalidateQueries({ queryKey: [name] })));

/** The pipeline as it stands, again every few seconds while somebody looks. */
export const usePipeline = (every = 3_000) =>
  useQuery({ queryKey: ["pipeline"], queryFn: ({ signal }) => api.get<PipelineView>("/v1/event-queues", {}, signal), refetchInterval: every, enabled: useMay("view_events") });

export const usePauseQueue = () =>
  useMutation({ mutationFn: ({ queue, paused }: { queue: string; paused: boolean }) => api.put<void>(`/v1/event-queues/${encodeURIComponent(queue)}`, { paused }), onSuccess: () => again("pipeline") });

/** The types there are, for a list to choose from. */
export function useTypes(): { value: string; label: string; title: string }[] {
  const types = useQuery({ queryKey: ["event-types"], queryFn: ({ signal }) => api.get<Page<EventType>>("/v1/events/types", {}, signal), staleTime: 3_600_000 });
  return types.data?.items.map(({ name, about }) => ({ value: name, label: name, title: `${about.zh} ${about.en}` })) ?? [];
}

/** The names of the queues that consumers read. */
export const useQueueNames = (): string[] => usePipeline(60_000).data?.queues.filter(({ role }) => role === "data").map(({ queue }) => queue) ?? [];

export const useEvents = (query: Query) => usePages<EventRow>(["events"], "/v1/events", query);
export const useEvent = (id: string) => useQuery({ queryKey: ["event", id], queryFn: ({ signal }) => api.get<EventDetail>(`/v1/events/${encodeURIComponent(id)}`, {}, signal) });

export const useRetention = () => useQuery({ queryKey: ["event-retention"], queryFn: ({ signal }) => api.get<RetentionView>("/v1/event-retention", {}, signal), enabled: useMay("manage_events") });
export const useSetRetention = () => useMutation({ mutationFn: (told: Omit<RetentionView, "default_days">) => api.put<RetentionView>("/v1/event-retention", told), onSuccess: () => again("event-retention") });

export const useDeadLetters = (query: Query) => usePages<DeadLetterRow>(["dead-letters"], "/v1/dead-letters", query);
export const useDeadLetter = (id: DeadLetterRow["id"]) => useQuery({ queryKey: ["dead-letter", id], queryFn: ({ signal }) => api.get<DeadLetterDetail>(`/v1/dead-letters/${id}`, {}, signal) });
export const useReplayLetter = () => useMutation({ mutationFn: (id: DeadLetterRow["id"]) => api.post<void>(`/v1/dead-letters/${id}/replay`), onSuccess: () => again("dead-letters", "pipeline") });
export const useDropLetter = () => useMutation({ mutationFn: (id: DeadLetterRow["id"]) => api.delete(`/v1/dead-letters/${id}`), onSuccess: () => again("dead-letters", "pipeline") });

export type Verb = "replay" | "drop";

/** How many a verb would touch; nothing happens. */
export const useLetterCount = (verb: Verb, filter: LetterFilter) =>
  useQuery({ queryKey: ["dead-letters", "count", verb, filter], queryFn: ({ signal }) => api.post<{ count: number }>(`/v1/dead-letters/${verb}`, { filter, dry_run: true }, { signal }), staleTime: 0, gcTime: 0 });

export const useLetters = (verb: Verb) =>
  useMutation({
    mutationFn: ({ filter, rate }: { filter: LetterFilter; rate: number | null }) => api.post<{ count: number }>(`/v1/dead-letters/${verb}`, { filter, dry_run: false, ...(verb === "replay" && rate ? { rate_per_s: rate } : {}) }),
    onSuccess: () => again("dead-letters", "pipeline"),
  });

export const useReplays = () =>
  useQuery({
    queryKey: ["event-replays"],
    queryFn: ({ signal }) => api.get<Page<ReplayView>>("/v1/event-replays", {}, signal),
    refetchInterval: ({ state }) => (state.data?.items.some((one) => one.state === "running") ? 1_500 : 15_000),
  });
export const countReplay = (replay: NewReplay) => api.post<{ count: number }>("/v1/event-replays", { ...replay, dry_run: true });
export const useStartReplay = () => useMutation({ mutationFn: (replay: NewReplay) => api.post<{ replay: ReplayView }>("/v1/event-replays", { ...replay, dry_run: false }), onSuccess: () => again("event-replays") });
export const useCancelReplay = () => useMutation({ mutationFn: (id: ReplayView["id"]) => api.delete(`/v1/event-replays/${id}`), onSuccess: () => again("event-replays") });

export const subscriptions = resource<SubscriptionView, NewSubscription>("event-subscriptions", "/v1/event-subscriptions");
/** What is being declared or drained is followed closely. */
export const useSubscriptions = () =>
  useQuery({
    queryKey: ["event-subscriptions", {}],
    queryFn: ({ signal }) => api.get<Page<SubscriptionView>>("/v1/event-subscriptions", { limit: 200 }, signal),
    refetchInterval: ({ state }) => (state.data?.items.some((one) => one.state === "declaring" || one.state === "draining") ? 1_000 : 10_000),
  });
