import { useEffect, useRef } from "react";

export interface Hotkey {
  /** The place of the key (`KeyJ`), the same on every layout … */
  code?: string;
  /** … or the sign it makes, for keys whose place varies (`?`). */
  key?: string;
  alt?: boolean;
  /** Ctrl, or Cmd on a Mac. */
  mod?: boolean;
  run: (event: KeyboardEvent) => void;
}

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Whether a dialog is open that keys belong to. */
const covered = () => [...document.querySelectorAll('[role="dialog"][aria-modal="true"]')].some((dialog) => dialog.checkVisibility());

export function fits(hotkey: Hotkey, event: Pick<KeyboardEvent, "code" | "key" | "altKey" | "ctrlKey" | "metaKey">): boolean {
  const mod = isMac ? event.metaKey : event.ctrlKey;
  const otherMod = isMac ? event.ctrlKey : event.metaKey;
  if (otherMod || mod !== Boolean(hotkey.mod)) return false;
  if (hotkey.key !== undefined) return event.key === hotkey.key && !event.altKey;
  return event.code === hotkey.code && event.altKey === Boolean(hotkey.alt);
}

/** Keys while the component is mounted. Plain keys are left alone where somebody writes. */
export function useHotkeys(hotkeys: Hotkey[]): void {
  const latest = useRef(hotkeys);
  latest.current = hotkeys;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.isComposing || event.defaultPrevented || covered()) return;
      const hit = latest.current.find((hotkey) => fits(hotkey, event) && (hotkey.alt || hotkey.mod || !typing(event.target)));
      if (!hit) return;
      event.preventDefault();
      hit.run(event);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
