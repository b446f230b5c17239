/** What this browser remembers of its user's taste. */
import type { Language } from "@switchboard/api";
import type { Mode } from "@switchboard/kit";
import { useSyncExternalStore } from "react";
import { create } from "zustand";
import { persist } from "zustand/middleware";

export type ThemeChoice = "system" | Mode;

interface Prefs {
  theme: ThemeChoice;
  language: Language;
  sound: boolean;
  panel: boolean;
  site: number | null;
  set: (change: Partial<Omit<Prefs, "set">>) => void;
}

const firstLanguage: Language = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";

export const usePrefs = create<Prefs>()(
  persist(
    (set) => ({ theme: "system", language: firstLanguage, sound: true, panel: true, site: null, set: (change) => set(change) }),
    { name: "switchboard.prefs" },
  ),
);

const darkQuery = matchMedia("(prefers-color-scheme: dark)");

export function useResolvedMode(): Mode {
  const choice = usePrefs((prefs) => prefs.theme);
  const systemDark = useMedia(darkQuery);
  if (choice !== "system") return choice;
  return systemDark ? "dark" : "light";
}

function useMedia(query: MediaQueryList): boolean {
  return useSyncExternalStore(
    (changed) => {
      query.addEventListener("change", changed);
      return () => query.removeEventListener("change", changed);
    },
    () => query.matches,
  );
}

const phoneQuery = matchMedia("(max-width: 760px)");
const narrowQuery = matchMedia("(max-width: 1180px)");
const calmQuery = matchMedia("(prefers-reduced-motion: reduce)");
export const useCalm = () => useMedia(calmQuery);
export const usePhone = () => useMedia(phoneQuery);
export const useNarrow = () => useMedia(narrowQuery);
