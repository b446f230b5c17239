import i18next from "i18next";
import { usePrefs } from "@/app/prefs";

type Sound = "chat" | "message";

let context: AudioContext | null = null;

/** Browsers let a page sound only after a gesture; the first one wakes us. */
export function wakeSound(): void {
  if (!navigator.userActivation?.hasBeenActive) return;
  context ??= new AudioContext();
  if (context.state === "suspended") void context.resume();
}

const tunes: Record<Sound, [hertz: number, start: number][]> = {
  chat: [[659, 0], [880, 0.14], [1175, 0.28]],
  message: [[880, 0], [1109, 0.09]],
};

export function play(sound: Sound): void {
  if (!usePrefs.getState().sound || !context || context.state !== "running") return;
  for (const [hertz, start] of tunes[sound]) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const at = context.currentTime + start;
    tone.type = "sine";
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.12, at + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.28);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.3);
  }
}

export const attentive = () => document.visibilityState === "visible" && document.hasFocus();

/** A desktop notification, only when allowed and nobody looks. */
export function tell(title: string, body: string, tag: string, onClick: () => void): void {
  if (attentive() || !("Notification" in window) || Notification.permission !== "granted") return;
  const note = new Notification(title, { body, tag, icon: "/assets/switchboard.svg", lang: i18next.language });
  note.onclick = () => {
    window.focus();
    onClick();
    note.close();
  };
}

export const canAskToNotify = () => "Notification" in window && Notification.permission === "default";
