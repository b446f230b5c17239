/** Shades of the theme colour for the surfaces it is shown on. */
import { contrast, parseHex, toHex, type Rgb } from './color';

export function mix(color: string, other: string, share: number): string {
  const a = parseHex(color);
  const b = parseHex(other);
  return toHex(a.map((c, i) => c + ((b[i] ?? 0) - c) * share) as Rgb);
}

/** The colour nearest to `color` that reaches `ratio` on `surface`. */
export function readableAs(color: string, surface: string, ratio = 4.5): string {
  const goal = contrast(surface, '#fff') > contrast(surface, '#000') ? '#ffffff' : '#000000';
  for (let share = 0; share < 1; share += 0.04) {
    const shade = mix(color, goal, share);
    if (contrast(shade, surface) >= ratio) return shade;
  }
  return goal;
}
