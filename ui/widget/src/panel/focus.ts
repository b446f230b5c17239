/** Where the focus goes when the panel opens. */

export function focusFirst(panel: HTMLElement): void {
  // On a touch screen a focused field would raise the keyboard before anything is read.
  const touch = matchMedia('(pointer: coarse)').matches;
  const field = touch ? null : panel.querySelector<HTMLElement>('input:not([hidden]), select, textarea');
  (field ?? panel).focus({ preventScroll: true });
}
