import type { SavedView, TicketFilter, TicketSort, TicketStatus } from "./types";

export const UNSOLVED: TicketStatus[] = ["new", "open", "pending", "on_hold"];

/** What the address asks for; empty words ask for nothing. */
export const ASKED = ["view", "status", "priority", "assignee", "department", "tag", "q", "sort"] as const;
export type Question = Record<(typeof ASKED)[number], string>;

/** The views that everybody has, before any is saved. */
export const OWN_VIEWS: { name: "mine" | "unassigned" | "unsolved" | "all"; filter: TicketFilter; sort: TicketSort }[] = [
  { name: "mine", filter: { assignee: "me", status: UNSOLVED }, sort: "due" },
  { name: "unassigned", filter: { assignee: "none", status: UNSOLVED }, sort: "due" },
  { name: "unsolved", filter: { status: UNSOLVED }, sort: "updated" },
  { name: "all", filter: {}, sort: "updated" },
];

/** The question to the server: a saved view by its number, one of ours by its filter; what is asked besides narrows it. */
export function queryOf(question: Question): Record<string, string> {
  const own = OWN_VIEWS.find(({ name }) => name === question.view);
  const base: Record<string, string> = own
    ? { sort: own.sort, ...(own.filter.assignee ? { assignee: own.filter.assignee } : {}), ...(own.filter.status ? { status: own.filter.status.join(",") } : {}) }
    : question.view
      ? { view: question.view }
      : {};
  const { view: _, ...asked } = question;
  return { ...base, ...Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== "")) };
}

/** What is asked now as the filter of a view to be saved; what the present view says already goes with it. */
export function filterOf(question: Question, from: SavedView | undefined): { filter: TicketFilter; sort: TicketSort } {
  const own = OWN_VIEWS.find(({ name }) => name === question.view) ?? from;
  const filter: TicketFilter = { ...own?.filter };
  if (question.status) filter.status = question.status.split(",") as TicketStatus[];
  if (question.priority) filter.priority = question.priority.split(",") as NonNullable<TicketFilter["priority"]>;
  if (question.assignee) filter.assignee = question.assignee;
  if (question.department) filter.department = Number(question.department);
  if (question.tag) filter.tag = question.tag;
  if (question.q) filter.q = question.q;
  return { filter, sort: (question.sort || own?.sort || "updated") as TicketSort };
}
