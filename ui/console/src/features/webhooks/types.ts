import type { NewWebhook, Time, WebhookView } from "@switchboard/api";
import type { SubscriptionFilter } from "@/features/events/types";

/** How fast, how often and under which condition a receiver gets its events. */
export interface Pace {
  filter: SubscriptionFilter | null;
  rate_per_s: number | null;
  /** Seconds to wait before each retry. */
  schedule: number[];
  max_in_flight: number | null;
  algorithm: "v1" | "v1a";
}

export type HookView = WebhookView & Partial<Pace> & { disabled_why?: string | null; in_flight?: number; public_key?: string | null };
export type NewHook = NewWebhook & Partial<Pace>;

export interface ResendFilter {
  status: "failed" | "delivered";
  from: Time;
  to: Time;
}
