import { api, type Page, type Query } from "@switchboard/api";
import { useMutation, useQuery } from "@tanstack/react-query";
import { queries } from "./cache";

/** The five plain verbs on one kind of thing; every change makes its lists ask again. */
export function resource<View extends { id: number | string }, New, Created = View>(name: string, path: string) {
  const stale = () => queries.invalidateQueries({ queryKey: [name] });
  return {
    useAll: (query: Query = {}, enabled = true) =>
      useQuery({ queryKey: [name, query], queryFn: ({ signal }) => api.get<Page<View>>(path, { limit: 200, ...query }, signal), enabled }),
    useOne: (id: View["id"] | undefined) =>
      useQuery({ queryKey: [name, "one", id], queryFn: ({ signal }) => api.get<View>(`${path}/${id}`, {}, signal), enabled: id !== undefined }),
    useCreate: () => useMutation({ mutationFn: (body: New) => api.post<Created>(path, body), onSuccess: stale }),
    useChange: () => useMutation({ mutationFn: ({ id, change }: { id: View["id"]; change: Partial<New> | Record<string, unknown> }) => api.patch<View>(`${path}/${id}`, change), onSuccess: stale }),
    useRemove: () => useMutation({ mutationFn: (id: View["id"]) => api.delete(`${path}/${id}`), onSuccess: stale }),
  };
}
