import { api, type LiveVisitorView, type LiveVisitors } from "@switchboard/api";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { queries } from "@/app/cache";
import { hear, theLink, useLive } from "@/live/live";

const key = ["visitors"] as const;

/** What an event of the `visitors` topic does to the board. Pure. */
export function applyVisitor(board: LiveVisitors, kind: string, data: unknown): LiveVisitors {
  const inner = (data as { visitor?: unknown } | null)?.visitor;
  const one = (inner && typeof inner === "object" ? inner : data) as Partial<LiveVisitorView> | null;
  if (!one || typeof one.id !== "string") return board;
  const at = board.items.findIndex((other) => other.id === one.id);
  if (kind === "visitor_gone") return at < 0 ? board : { ...board, items: board.items.filter((other) => other.id !== one.id) };
  if (kind !== "visitor_upsert") return board;
  const items = [...board.items];
  if (at < 0) items.unshift(one as LiveVisitorView);
  else items[at] = { ...items[at], ...one } as LiveVisitorView;
  return { ...board, items };
}

/** The live board: one snapshot, then the `visitors` topic for as long as the screen is open. */
export function useVisitors() {
  const board = useQuery({ queryKey: key, queryFn: ({ signal }) => api.get<LiveVisitors>("/v1/visitors", {}, signal), staleTime: 0, gcTime: 0 });
  const opened = useLive((live) => live.opened);
  const cursor = board.data?.cursor;
  useEffect(() => {
    if (cursor === undefined || !opened) return;
    theLink()?.follow("visitors", cursor);
    return () => theLink()?.unfollow("visitors");
  }, [cursor, opened]);
  useEffect(() => {
    // A busy site sends hundreds of events a second: they are gathered and drawn four times a second.
    let gathered: [kind: string, data: unknown][] = [];
    const draw = setInterval(() => {
      if (gathered.length === 0) return;
      const batch = gathered;
      gathered = [];
      queries.setQueryData<LiveVisitors>(key, (old) => old && batch.reduce((now, [kind, data]) => applyVisitor(now, kind, data), old));
    }, 250);
    const offs = [
      hear("event", (frame) => frame.topic === "visitors" && gathered.push([frame.kind, frame.data])),
      hear("reload", (frame) => frame.topic === "visitors" && void queries.invalidateQueries({ queryKey: key })),
    ];
    return () => {
      clearInterval(draw);
      for (const off of offs) off();
    };
  }, []);
  return board;
}
