import type { Tone } from "@switchboard/kit";
import type { PathStep } from "./types";

export type LaneState = "waiting" | "handled" | "retrying" | "dead";

export interface Lane {
  queue: string;
  state: LaneState;
  steps: PathStep[];
}

const STATES: Partial<Record<PathStep["step"], LaneState>> = { copied: "waiting", retried: "retrying", handled: "handled", delivered: "handled", dead: "dead" };
export const LANE_TONES: Record<LaneState, Tone> = { waiting: "quiet", retrying: "warn", handled: "good", dead: "bad" };

const byTime = (a: PathStep, b: PathStep) => (a.at === null ? (b.at === null ? 0 : 1) : b.at === null ? -1 : Date.parse(a.at) - Date.parse(b.at));

/** The way every event goes, and then one lane for each queue it was copied to. */
export function lanesOf(path: PathStep[]): { trunk: PathStep[]; lanes: Lane[] } {
  const ordered = [...path].sort(byTime);
  const lanes = new Map<string, Lane>();
  const trunk: PathStep[] = [];
  for (const step of ordered) {
    if (!step.queue) {
      trunk.push(step);
      continue;
    }
    const lane = lanes.get(step.queue) ?? { queue: step.queue, state: "waiting", steps: [] };
    lane.steps.push(step);
    lane.state = STATES[step.step] ?? lane.state;
    lanes.set(step.queue, lane);
  }
  return { trunk, lanes: [...lanes.values()].sort((a, b) => a.queue.localeCompare(b.queue)) };
}

/** How long after its announcement a step came: `+12 ms`, `+3.4 s`, `+2 min`. */
export function after(start: string | number | null | undefined, at: string | null): string {
  if (!start || !at) return "";
  const ms = Date.parse(at) - new Date(start).getTime();
  if (Number.isNaN(ms) || ms < 0) return "";
  if (ms < 1_000) return `+${ms} ms`;
  if (ms < 60_000) return `+${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `+${Math.round(ms / 60_000)} min`;
  return `+${(ms / 3_600_000).toFixed(1)} h`;
}
