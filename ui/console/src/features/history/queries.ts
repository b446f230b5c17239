import { api, type ChatView, type Colleague, type Entry, type Page, type UserView } from "@switchboard/api";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMay } from "@/app/session";
import { dayBounds } from "@/app/time";
import { useDesk } from "@/features/desk/queries";

export interface Filter {
  q: string;
  status: string;
  agent: string;
  department: string;
  from: string;
  to: string;
}

/** Chats found, newest first, page after page. */
export function useHistory(filter: Filter) {
  const query = {
    q: filter.q,
    status: filter.status,
    agent: filter.agent,
    department: filter.department,
    from: filter.from ? dayBounds(filter.from).from.toISOString() : "",
    to: filter.to ? dayBounds(filter.to).to.toISOString() : "",
    limit: 50,
  };
  return useInfiniteQuery({
    queryKey: ["chats", "history", query],
    // A search looks through so many chats a time; it goes on by itself until there is something to show.
    queryFn: async ({ pageParam, signal }) => {
      for (let after = pageParam; ; ) {
        const page = await api.get<Page<ChatView>>("/v1/chats", { ...query, after }, signal);
        if (page.items.length > 0 || !page.next) return page;
        after = page.next;
      }
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: (old) => old,
  });
}

export function useTranscript(chat: string | undefined) {
  return useQuery({
    queryKey: ["transcript", chat],
    enabled: Boolean(chat),
    queryFn: async ({ signal }) => {
      const all: Entry[] = [];
      for (;;) {
        const { items } = await api.get<Page<Entry>>(`/v1/chats/${chat}/messages`, { after_seq: all.at(-1)?.seq ?? 0, limit: 200 }, signal);
        all.push(...items);
        if (items.length < 200) return all;
      }
    },
  });
}

/** Whom one may filter by: the users when they may be seen, else the colleagues of the desk. */
export function useAgents(): Pick<Colleague, "id" | "name">[] {
  const manages = useMay("manage_users");
  const users = useQuery({ queryKey: ["users"], queryFn: ({ signal }) => api.get<Page<UserView>>("/v1/users", { limit: 200 }, signal), enabled: manages });
  const desk = useDesk().data;
  return users.data?.items ?? desk?.colleagues ?? [];
}
