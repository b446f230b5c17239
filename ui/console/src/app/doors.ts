import type { Permission } from "@switchboard/api";
import { sections } from "@/features/settings/sections";
import { may, useSession } from "./session";

type Session = Parameters<typeof may>[0];

export interface Door {
  name: "desk" | "visitors" | "history" | "tickets" | "settings";
  path: string;
  /** The key that opens it, with Alt. */
  code: string;
  need: Permission | ((session: Session) => boolean);
}

/** The ways out of the rail, in their order. Rail, keys, palette and the first screen all go by this list. */
export const doors: Door[] = [
  { name: "desk", path: "/desk", code: "KeyC", need: "answer_chats" },
  { name: "visitors", path: "/visitors", code: "KeyV", need: "view_visitors" },
  { name: "history", path: "/history", code: "KeyH", need: "view_history" },
  { name: "tickets", path: "/tickets", code: "KeyI", need: "answer_tickets" },
  { name: "settings", path: "/settings", code: "KeyS", need: (session) => sections.some((section) => may(session, section.need)) },
];

const opens = (session: Session, { need }: Door) => (typeof need === "function" ? need(session) : may(session, need));

/** The doors that open for this person on this site; one behind which nothing may be seen is not there. */
export const openDoors = (session: Session): Door[] => doors.filter((door) => opens(session, door));

export const useDoors = (): Door[] => openDoors(useSession());
