import { api, type Frame, type PollAnswer } from "@switchboard/api";
import { create } from "zustand";
import { leave } from "@/app/session";
import { Link, type LinkState } from "./link";

interface LiveStore {
  state: LinkState;
  /** When the link was last up to date; the banner waits a moment before it worries anybody. */
  since: number;
  /** Grows with each link opened, so that followers follow again. */
  opened: number;
}

export const useLive = create<LiveStore>(() => ({ state: "connecting", since: Date.now(), opened: 0 }));

type Hear<T extends Frame["t"]> = (frame: Extract<Frame, { t: T }>) => void;
const hearers = new Map<string, Set<(frame: never) => void>>();
let link: Link | null = null;

/** Hears one kind of frame until the returned function is called. */
export function hear<T extends NonNullable<Frame["t"]>>(kind: T, handler: Hear<T>): () => void {
  const set = hearers.get(kind) ?? new Set();
  hearers.set(kind, set);
  set.add(handler as (frame: never) => void);
  return () => set.delete(handler as (frame: never) => void);
}

/** The link of the present site, while signed in. */
export function theLink(): Link | null {
  return link;
}

export function openLink(site: number): () => void {
  const opened = new Link(site, {
    socket: () => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/agent`),
    poll: (body, signal) => api.post<PollAnswer>("/v1/realtime/poll", body, { signal }),
    onState: (state) => useLive.setState({ state, since: Date.now() }),
    onFrame: (frame) => {
      if (frame.t) for (const handler of hearers.get(frame.t) ?? []) handler(frame as never);
    },
    onSignedOut: leave,
  });
  link = opened;
  opened.start();
  useLive.setState((live) => ({ opened: live.opened + 1 }));
  return () => {
    opened.stop();
    if (link === opened) link = null;
  };
}
