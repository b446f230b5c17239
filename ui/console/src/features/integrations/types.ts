/** What the server tells of the systems that a site is connected to. */
import type { Time, Uuid } from "@switchboard/api";

export const KINDS = ["salesforce", "zendesk", "email"] as const;
export type Kind = (typeof KINDS)[number];
export type ConnectionState = "ok" | "failing" | "open" | "off";

export interface IntegrationView {
  kind: string;
  configured: boolean;
  enabled: boolean;
  state: ConnectionState;
  last_error: string | null;
  last_error_at?: Time | null;
  last_ok_at: Time | null;
  /** While nothing is sent for a time: when the next one goes. */
  open_until?: Time | null;
}

export type Settings = Record<string, unknown>;

export interface IntegrationDetail extends IntegrationView {
  settings: Settings;
}

export interface TestAnswer {
  ok: boolean;
  steps: { name: string; ok: boolean; detail: string | null }[];
}

export interface LogRow {
  id: number | string;
  /** None of a letter that no event caused. */
  event: Uuid | null;
  chat: Uuid | null;
  ticket?: number | null;
  state: "done" | "retrying" | "failed" | "held";
  what: string;
  detail: string | null;
  attempts: number;
  at: Time;
}
