import type { NewWebhook, Time, WebhookView } from "@switchboard/api";
import type { SubscriptionFilter } from "@/features/events/types";

/** How fast, how often and under which condition a receiver gets its events. */
export interface Pace {
  filter: SubscriptionFilter | null;
  rate_per_s: number | null;
  /** Seconds to wait before each retry; none means the usual ones. */
  schedule: number[] | null;
  max_in_flight: number | null;
  /** Seconds for which a delivery that failed holds later ones of the same chat back; none means the usual ones. */
  hold_back_s: number | null;
}

/** A shared secret, or a pair of keys. */
export type Algorithm = "v1" | "v1a";

/** What the document says of a pace is said more closely here. */
type Plain<T> = Omit<T, keyof Pace | "algorithm" | "disabled_why" | "old_secrets_until">;
export type HookView = Plain<WebhookView> & Partial<Pace> & { algorithm?: Algorithm; disabled_why?: string | null; old_secrets_until?: Time[] };
export type NewHook = Plain<NewWebhook> & Partial<Pace> & { algorithm?: Algorithm };

/** A new secret, perhaps of another kind, and perhaps the end of every one before it. */
export interface Rotation {
  algorithm?: Algorithm;
  expire_old: boolean;
}

export interface ResendFilter {
  /** All that are not under way when none is told. */
  status?: "failed" | "held" | "delivered";
  from?: Time;
  to?: Time;
}
