import type { Clock, Sla } from "./types";

export type Urgency = "over" | "soon" | "fine";

export interface Due {
  clock: Clock;
  at: number;
  urgency: Urgency;
}

/** Less than this is left: somebody should look now. */
const SOON = 30 * 60_000;

const CLOCKS: [Clock, keyof Sla][] = [["first_reply", "first_reply_due"], ["next_reply", "next_reply_due"], ["resolve", "resolve_due"]];

/** The clocks that run, the one that ends first at the front. */
export function dues(sla: Sla, now: number): Due[] {
  return CLOCKS.flatMap(([clock, field]) => {
    const due = sla[field] as string | null | undefined;
    if (!due) return [];
    const at = Date.parse(due);
    const urgency: Urgency = at <= now || sla.breached.includes(clock) ? "over" : at - now < SOON ? "soon" : "fine";
    return [{ clock, at, urgency }];
  }).sort((a, b) => a.at - b.at);
}
