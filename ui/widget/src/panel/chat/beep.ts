/** A soft two-tone sound. Browsers allow it only after the visitor has touched something; before that it is silent. */

let context: AudioContext | undefined;

/** Call inside a click or key press. */
export function allowSound(): void {
  try {
    context ??= new AudioContext();
    void context.resume();
  } catch {
    context = undefined;
  }
}

export function beep(): void {
  if (context?.state !== 'running') return;
  const start = context.currentTime;
  for (const [at, pitch] of [
    [0, 660],
    [0.11, 880],
  ] as const) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, start + at);
    volume.gain.linearRampToValueAtTime(0.06, start + at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0005, start + at + 0.22);
    tone.connect(volume).connect(context.destination);
    tone.start(start + at);
    tone.stop(start + at + 0.25);
  }
}
