import { expect, test } from "vitest";
import { type Palette, palettes } from "./palette";

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const grounds: (keyof Palette)[] = ["canvas", "surface", "sunken", "raised", "hover"];
const pairs: [keyof Palette, keyof Palette][] = [
  ...(["ink", "ink-2", "ink-3", "brand-ink"] as const).flatMap((ink) => grounds.map((ground) => [ink, ground] as [keyof Palette, keyof Palette])),
  ...(["good", "warn", "bad"] as const).flatMap((ink) => [[ink, `${ink}-soft`], [ink, "surface"]] as [keyof Palette, keyof Palette][]),
  ["on-brand", "brand"], ["on-brand", "brand-hover"], ["brand-ink", "brand-soft"], ["ink-3", "brand-soft"], ["ink-2", "mine"],
  ["rail-ink", "rail"], ["rail-ink", "rail-hover"], ["mine-ink", "mine"], ["mark-ink", "mark"],
];

test.each(["light", "dark"] as const)("every text colour of %s reaches 4.5:1 on its grounds", (mode) => {
  const p = palettes[mode];
  const weak = pairs.map(([ink, ground]) => `${ink} on ${ground}: ${contrast(p[ink], p[ground]).toFixed(2)}`).filter((line) => Number(line.split(": ")[1]) < 4.5);
  expect(weak).toEqual([]);
});
