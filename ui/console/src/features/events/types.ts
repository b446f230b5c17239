/** What the server tells of its pipeline: queues, dead letters, archive, replays, subscriptions. */
import type { Time, Uuid } from "@switchboard/api";

export type Level = "green" | "yellow" | "orange" | "red";
export type BrokerRole = "main" | "remote" | "data";

export interface BrokerView {
  name: string;
  roles: BrokerRole[];
  kind: "embedded" | "rabbitmq" | "kafka";
  ok: boolean;
  trouble: string | null;
}

export interface QueueView {
  queue: string;
  role: "events" | "data";
  broker: string;
  /** Not known when its broker does not tell. */
  messages: number | null;
  /** Handed to a consumer and not yet settled. */
  held: number | null;
  /** Copies that wait in the database because the queue is full. */
  kept?: number;
  oldest_ms: number | null;
  in_per_s: number;
  out_per_s: number;
  /** Set aside until their time of the next try. */
  parked: number;
  dead_letters: number;
  paused: boolean;
}

export interface PipelineView {
  level: Level;
  level_why: string[];
  brokers: BrokerView[];
  outbox: { waiting: number; oldest_ms: number | null; publishing_to: "main" | "remote" | null };
  queues: QueueView[];
  subscriptions: { wanted: number; applied: { node: string; version: number; at: Time }[] };
}

export interface DeadLetterRow {
  id: number;
  queue: string;
  type: string;
  event: Uuid;
  key: string | null;
  cause: string;
  attempts: number;
  first_at: Time;
  dead_at: Time;
}

export interface DeadLetterDetail extends DeadLetterRow {
  causes?: { at: Time; why: string }[];
  /** None when the event could not be read; then `body` is what came. */
  envelope: unknown;
  body?: string | null;
}

/** Which dead letters a verb on many of them is for; none named means all. */
export interface LetterFilter {
  queue?: string;
  type?: string;
  from?: Time;
  to?: Time;
}

export interface EventRow {
  id: Uuid;
  type: string;
  site: number;
  key: string;
  at: Time;
  summary: string | null;
}

export interface PathStep {
  step: "announced" | "archived" | "copied" | "handled" | "retried" | "dead" | "delivered";
  queue?: string | null;
  at: Time | null;
  attempts?: number | null;
  detail?: string | null;
}

export interface EventDetail {
  event: { id: Uuid; name: string; version: number; site: number; key: string; occurred_at: Time | number; producer?: string; route?: unknown; payload: unknown; [more: string]: unknown };
  path: PathStep[];
}

export interface ReplayFilter {
  types?: string[];
  key?: string;
  from: Time;
  to: Time;
}

export interface NewReplay {
  filter: ReplayFilter;
  queues: string[];
  rate_per_s?: number;
  /** Consumers handle again what they have handled. */
  force?: boolean;
}

export type ReplayState = "running" | "done" | "cancelled" | "failed";

export interface ReplayView {
  id: number | string;
  filter: ReplayFilter;
  queues: string[];
  state: ReplayState;
  done: number;
  count: number;
  rate_per_s: number | null;
  started_at: Time;
  ended_at: Time | null;
  force?: boolean;
  trouble?: string | null;
}

export type SubscriptionState = "declaring" | "active" | "paused" | "draining" | "drained" | "failed";
/** Comparisons of the event's fields, all of which must hold: `{"Grade": {"lte": 2}, "Source": [0, 1]}`. */
export type SubscriptionFilter = Record<string, unknown>;

export interface SubscriptionView {
  id: number;
  pattern: string;
  queue: string;
  site: number | null;
  filter: SubscriptionFilter | null;
  enabled: boolean;
  built_in: boolean;
  state: SubscriptionState;
  trouble: string | null;
  version: number;
}

export interface NewSubscription {
  pattern: string;
  queue: string;
  site: number | null;
  filter: SubscriptionFilter | null;
  enabled: boolean;
}

export interface NoticeView {
  id: string | number;
  level: string;
  kind: string;
  text_key: string;
  data: Record<string, unknown> | null;
  since: Time;
  until: Time | null;
}

/** How many days events are kept: as the installation says, as the site says, and by type. */
export interface RetentionView {
  default_days: number;
  days: number | null;
  types: Record<string, number>;
}
