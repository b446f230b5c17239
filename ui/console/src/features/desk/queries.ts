import { type AgentStatus, api, type ChatView, type CrmView, type DepartmentView, type DeskMe, type DeskView, type Page, Problem, type VisitorDetail } from "@switchboard/api";
import { useMutation, useQuery } from "@tanstack/react-query";
import { App } from "antd";
import { explain } from "@/app/errors";
import { queries } from "@/app/cache";
import { useMay, useSession } from "@/app/session";
import { startOfToday } from "@/app/time";
import { find, place } from "./model";

export const deskKey = ["desk"] as const;

export const useMyId = () => useSession((session) => session.who?.user.id ?? -1);

export function useDesk() {
  const answers = useMay("answer_chats");
  return useQuery({ queryKey: deskKey, queryFn: ({ signal }) => api.get<DeskView>("/v1/desk", {}, signal), staleTime: Number.POSITIVE_INFINITY, enabled: answers });
}

export const deskNow = () => queries.getQueryData<DeskView>(deskKey);

export function editDesk(edit: (desk: DeskView) => DeskView): void {
  queries.setQueryData<DeskView>(deskKey, (desk) => (desk ? edit(desk) : desk));
}

/** A chat that may or may not stand on the desk: what the desk knows is fresher. */
export function useChat(id: string | undefined) {
  const desk = useDesk();
  const onDesk = id && desk.data ? find(desk.data, id) : undefined;
  const asked = useQuery({
    queryKey: ["chat", id],
    queryFn: ({ signal }) => api.get<ChatView>(`/v1/chats/${id}`, {}, signal),
    enabled: Boolean(id) && !onDesk && !desk.isLoading,
  });
  return { card: onDesk ?? asked.data, error: onDesk ? null : asked.error, refetch: asked.refetch };
}

export function useEndedToday(enabled: boolean) {
  const me = useMyId();
  return useQuery({
    queryKey: ["chats", "ended-today", me],
    queryFn: ({ signal }) => api.get<Page<ChatView>>("/v1/chats", { status: "ended", agent: me, from: startOfToday().toISOString(), limit: 100 }, signal),
    enabled,
  });
}

export function useVisitorDetail(id: string | undefined) {
  return useQuery({
    queryKey: ["visitor", id],
    queryFn: ({ signal }) => api.get<VisitorDetail>(`/v1/visitors/${id}`, {}, signal),
    enabled: Boolean(id),
    refetchInterval: 30_000,
  });
}

/** The look-up takes a moment from the asking on; it is waited for a while, and does not come where no CRM is connected. */
export function useCrm(chat: string) {
  return useQuery({
    queryKey: ["crm", chat],
    queryFn: ({ signal }) => api.get<CrmView>(`/v1/chats/${chat}/crm`, {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: ({ state }) => (Problem.is(state.error, "missing") && state.errorUpdateCount < 4 ? 5_000 : false),
  });
}

export function useDepartments(enabled = true) {
  return useQuery({ queryKey: ["departments"], queryFn: ({ signal }) => api.get<Page<DepartmentView>>("/v1/departments", { limit: 200 }, signal), enabled });
}

function useTold() {
  const { message } = App.useApp();
  return (error: unknown) => void message.error(explain(error));
}

/** After a verb on a chat: its answer is placed on the desk, wherever it now belongs. */
function settle(me: number, card: ChatView | undefined): void {
  if (card?.id) {
    editDesk((desk) => place(desk, card, me));
    queries.setQueryData(["chat", card.id], card);
  } else void queries.invalidateQueries({ queryKey: deskKey });
  void queries.invalidateQueries({ queryKey: ["chats"] });
}

export function useAccept() {
  const me = useMyId();
  return useMutation({ mutationFn: (chat: string) => api.post<ChatView>(`/v1/chats/${chat}/accept`), onSuccess: (card) => settle(me, card), onError: useTold() });
}

export function useEnd() {
  const me = useMyId();
  return useMutation({ mutationFn: (chat: string) => api.post<ChatView>(`/v1/chats/${chat}/end`), onSuccess: (card) => settle(me, card), onError: useTold() });
}

export type TransferTarget = { agent: number } | { department: number };

export function useTransfer() {
  const me = useMyId();
  return useMutation({
    mutationFn: ({ chat, to }: { chat: string; to: TransferTarget }) => api.post<ChatView>(`/v1/chats/${chat}/transfer`, to),
    onSuccess: (card) => settle(me, card),
    onError: useTold(),
  });
}

export function useSetStatus() {
  const tell = useTold();
  return useMutation({
    mutationFn: (status: AgentStatus) => api.put<Partial<DeskMe> | undefined>("/v1/desk/status", { status }),
    onMutate: (status) => {
      const before = deskNow()?.me.status;
      editDesk((desk) => ({ ...desk, me: { ...desk.me, status } }));
      return before;
    },
    onError: (error, _status, before) => {
      tell(error);
      if (before) editDesk((desk) => ({ ...desk, me: { ...desk.me, status: before } }));
    },
  });
}
