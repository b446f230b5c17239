import { create } from "zustand";
import { persist } from "zustand/middleware";

interface Drafts {
  byChat: Record<string, string>;
  set: (chat: string, text: string) => void;
}

/** What was typed and not sent, per chat; survives a change of chat and a reload. */
export const useDrafts = create<Drafts>()(
  persist(
    (set) => ({
      byChat: {},
      set: (chat, text) =>
        set(({ byChat }) => {
          const next = { ...byChat };
          if (text) next[chat] = text;
          else delete next[chat];
          return { byChat: next };
        }),
    }),
    { name: "switchboard.drafts", partialize: ({ byChat }) => ({ byChat }) },
  ),
);
