import { api, type Page, type Query } from "@switchboard/api";
import { useInfiniteQuery } from "@tanstack/react-query";

/** A list page after page; the page before stays in sight while another question is asked. */
export function usePages<View>(key: readonly unknown[], path: string, query: Query, options: { refetchInterval?: number; enabled?: boolean } = {}) {
  return useInfiniteQuery({
    queryKey: [...key, query],
    queryFn: ({ pageParam, signal }) => api.get<Page<View>>(path, { limit: 50, ...query, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
    placeholderData: (old) => old,
    ...options,
  });
}
