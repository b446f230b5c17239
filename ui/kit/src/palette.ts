/** The colours of both modes. One source: antd's theme and our CSS variables are both made from it. */

export type Mode = "light" | "dark";

const light = {
  canvas: "#f3f4f7",
  surface: "#ffffff",
  sunken: "#f7f8fa",
  raised: "#ffffff",
  hover: "#f0f2f6",
  line: "#e4e7ec",
  "line-strong": "#c6ccd6",
  control: "#858f9f",
  ink: "#171b24",
  "ink-2": "#454d5e",
  "ink-3": "#5c6577",
  brand: "#1456f0",
  "brand-hover": "#0f49d2",
  "brand-soft": "#e8effe",
  "brand-line": "#bcd0fc",
  "brand-ink": "#0f44c4",
  "on-brand": "#ffffff",
  good: "#0a7345",
  "good-soft": "#e1f4ea",
  "good-dot": "#12a364",
  warn: "#8f5300",
  "warn-soft": "#fdf0d9",
  "warn-dot": "#e59500",
  bad: "#bd1f2a",
  "bad-soft": "#fdeaea",
  "bad-dot": "#e5484d",
  idle: "#8a93a3",
  rail: "#111831",
  "rail-hover": "#1e2746",
  "rail-active": "#2a365e",
  "rail-ink": "#b4bdd4",
  "rail-ink-active": "#ffffff",
  mine: "#dfe9ff",
  "mine-ink": "#14213f",
  theirs: "#ffffff",
  mark: "#ffe9a8",
  "mark-ink": "#4a3500",
  shadow: "0 1px 2px rgba(16, 24, 40, .05)",
  "shadow-pop": "0 12px 32px rgba(16, 24, 40, .16), 0 2px 6px rgba(16, 24, 40, .08)",
};

export type Palette = typeof light;

const dark: Palette = {
  canvas: "#0c0f14",
  surface: "#151922",
  sunken: "#10141b",
  raised: "#1c222d",
  hover: "#1e2430",
  line: "#262d3a",
  "line-strong": "#3c4657",
  control: "#6f7a8d",
  ink: "#e9ecf2",
  "ink-2": "#b6becc",
  "ink-3": "#98a2b3",
  brand: "#2f69ea",
  "brand-hover": "#2459d0",
  "brand-soft": "#1a2746",
  "brand-line": "#30477c",
  "brand-ink": "#9dbcff",
  "on-brand": "#ffffff",
  good: "#5fd09c",
  "good-soft": "#12301f",
  "good-dot": "#2fb579",
  warn: "#f0b95c",
  "warn-soft": "#352711",
  "warn-dot": "#e5a13a",
  bad: "#ff8f91",
  "bad-soft": "#3a1a1e",
  "bad-dot": "#e5545a",
  idle: "#7c8698",
  rail: "#080b11",
  "rail-hover": "#161c29",
  "rail-active": "#222b40",
  "rail-ink": "#a2acc0",
  "rail-ink-active": "#ffffff",
  mine: "#1d2f5c",
  "mine-ink": "#e6edff",
  theirs: "#1c222d",
  mark: "#5a4710",
  "mark-ink": "#ffe9a8",
  shadow: "0 1px 2px rgba(0, 0, 0, .4)",
  "shadow-pop": "0 12px 32px rgba(0, 0, 0, .55), 0 0 0 1px #262d3a",
};

export const palettes: Record<Mode, Palette> = { light, dark };

/** Writes the palette onto the document as `--sb-…`; works under any CSP because it goes through the CSSOM. */
export function applyPalette(mode: Mode, root: HTMLElement = document.documentElement): void {
  root.dataset.theme = mode;
  root.style.colorScheme = mode;
  for (const [name, value] of Object.entries(palettes[mode])) root.style.setProperty(`--sb-${name}`, value);
}

const HUES = [212, 262, 292, 332, 12, 32, 96, 152, 176, 196];

/** A steady colour for a person: the same id always wears the same one, readable in both modes. */
export function personColour(id: string | number, mode: Mode): { background: string; color: string } {
  let hash = 7;
  for (const letter of String(id)) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  const hue = HUES[hash % HUES.length];
  return mode === "light"
    ? { background: `hsl(${hue} 60% 91%)`, color: `hsl(${hue} 62% 27%)` }
    : { background: `hsl(${hue} 32% 24%)`, color: `hsl(${hue} 72% 84%)` };
}
