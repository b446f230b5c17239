import { create } from "zustand";

export interface TicketDraft {
  text: string;
  public: boolean;
  macro: number | null;
  client_id: string;
}

const fresh = (isPublic = true): TicketDraft => ({ text: "", public: isPublic, macro: null, client_id: crypto.randomUUID() });

const useStore = create<{ byTicket: Record<string, TicketDraft> }>(() => ({ byTicket: {} }));

/** What is being written in a ticket; it stays while one looks at another. */
export function useTicketDrafts(ticket: string) {
  const draft = useStore(({ byTicket }) => byTicket[ticket]) ?? firstOf(ticket);
  const put = (next: TicketDraft) => useStore.setState(({ byTicket }) => ({ byTicket: { ...byTicket, [ticket]: next } }));
  return {
    draft,
    edit: (change: Partial<TicketDraft>) => put({ ...(useStore.getState().byTicket[ticket] ?? draft), ...change }),
    clear: () => put(fresh(draft.public)),
  };
}

// One draft a ticket, made before it is first written to, so that its number is steady from the start.
const firsts = new Map<string, TicketDraft>();
function firstOf(ticket: string): TicketDraft {
  const known = firsts.get(ticket) ?? fresh();
  firsts.set(ticket, known);
  return known;
}
