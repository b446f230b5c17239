import { api, type Page, upload, type UploadView } from "@switchboard/api";
import { useMutation, useQuery } from "@tanstack/react-query";
import { queries } from "@/app/cache";
import { usePages } from "@/app/pages";
import { resource } from "@/app/resource";
import { useSession } from "@/app/session";
import { useAgents } from "@/features/history/queries";
import { type Question, queryOf } from "./filter";
import type { Macro, Named, NewEntry, NewTicket, SavedView, ShownSettings, TicketCard, TicketEntry, TicketPatch, TicketSettings, TicketView } from "./types";

const again = (...names: string[]) => Promise.all(names.map((name) => queries.invalidateQueries({ queryKey: [name] })));
const LIVELY = 10_000;

export const useTickets = (question: Question) => usePages<TicketCard>(["tickets"], "/v1/tickets", queryOf(question), { refetchInterval: LIVELY });
export const useTicket = (id: string) => useQuery({ queryKey: ["ticket", id], queryFn: ({ signal }) => api.get<TicketView>(`/v1/tickets/${id}`, {}, signal), refetchInterval: LIVELY });

/** The whole conversation, from its beginning. */
export const useEntries = (id: string) =>
  useQuery({
    queryKey: ["ticket", id, "entries"],
    refetchInterval: LIVELY,
    queryFn: async ({ signal }) => {
      const all: TicketEntry[] = [];
      for (let after: string | null = null; ; ) {
        const page: Page<TicketEntry> = await api.get<Page<TicketEntry>>(`/v1/tickets/${id}/entries`, { after, limit: 200 }, signal);
        all.push(...page.items);
        after = page.next ?? null;
        if (after === null) return all;
      }
    },
  });

const changed = (ticket: TicketView | undefined, id: string) => {
  if (ticket?.id !== undefined) queries.setQueryData(["ticket", id], ticket);
  return again("tickets", "ticket", "ticket-views");
};

export const useNewTicket = () => useMutation({ mutationFn: (ticket: NewTicket) => api.post<TicketView>("/v1/tickets", ticket), onSuccess: () => again("tickets", "ticket-views") });
export const useChangeTicket = (id: string) => useMutation({ mutationFn: (patch: TicketPatch) => api.patch<TicketView>(`/v1/tickets/${id}`, patch), onSuccess: (ticket) => changed(ticket, id) });
export const useSay = (id: string) => useMutation({ mutationFn: (entry: NewEntry) => api.post<unknown>(`/v1/tickets/${id}/entries`, entry, { key: entry.client_id }), onSuccess: () => changed(undefined, id) });

/** It was looked at. Nobody waits for the answer. */
export const markSeen = (id: string) => void api.put(`/v1/tickets/${id}/read`).then(() => again("tickets"), () => {});
export const uploadFile = (file: File, onProgress: (part: number) => void, signal: AbortSignal) => upload<UploadView>("/v1/ticket-uploads", file, onProgress, signal);

export const views = resource<SavedView, Omit<SavedView, "id" | "count" | "own">>("ticket-views", "/v1/ticket-views");
export const useViews = () => useQuery({ queryKey: ["ticket-views", {}], queryFn: ({ signal }) => api.get<Page<SavedView>>("/v1/ticket-views", {}, signal), refetchInterval: 2 * LIVELY });
export const macros = resource<Macro, Omit<Macro, "id">>("ticket-macros", "/v1/ticket-macros");

export const useTicketSettings = () => useQuery({ queryKey: ["ticket-settings"], queryFn: ({ signal }) => api.get<ShownSettings>("/v1/ticket-settings", {}, signal) });
export const useSaveTicketSettings = () => useMutation({ mutationFn: (settings: TicketSettings) => api.put<ShownSettings>("/v1/ticket-settings", settings), onSuccess: () => again("ticket-settings") });

/** Whom a ticket may be given to: those one knows of, oneself among them. */
export function usePeople(): Named[] {
  const me = useSession((session) => session.who?.user);
  const agents = useAgents();
  return me && !agents.some(({ id }) => id === me.id) ? [{ id: me.id, name: me.name }, ...agents] : agents;
}
