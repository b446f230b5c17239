/** The panel's colours: from the site's theme colour, for light and dark, always readable. */
import { readableOn } from '../shared/color';
import { mix, readableAs } from '../shared/tint';
import type { Look } from '../shared/wire';

const light = { bg: '#ffffff', soft: '#f2f4f7', text: '#16181d', muted: '#5a6170', line: '#e4e7ec', edge: '#868d9a', danger: '#b3202c', star: '#b45309', warn: '#6b4700', 'warn-bg': '#fff3d6', bad: '#8f1722', 'bad-bg': '#fde8ea', scheme: 'light' };
const dark = { bg: '#17191e', soft: '#272b33', text: '#eef0f4', muted: '#a8afbc', line: '#2f343d', edge: '#7a828f', danger: '#ff9a9a', star: '#f5b83d', warn: '#f6d48f', 'warn-bg': '#3b2e10', bad: '#ffb3b5', 'bad-bg': '#44191d', scheme: 'dark' };

export function themeCss(look: Look, prefersDark: boolean): string {
  const isDark = look.dark === 'dark' || (look.dark === 'auto' && prefersDark);
  const tone = isDark ? dark : light;
  const color = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(look.theme_color) ? look.theme_color : '#1456f0';
  const on = readableOn(color);
  const vars: Record<string, string> = {
    ...tone,
    brand: color,
    on,
    // Away from the text's colour, so that the text only gets clearer.
    deep: mix(color, on === '#ffffff' ? '#000000' : '#ffffff', 0.14),
    accent: readableAs(color, tone.soft),
    wash: mix(tone.bg, color, 0.08),
    radius: `${Math.min(Math.max(Number(look.radius) || 0, 0), 32)}px`,
  };
  const body = Object.entries(vars)
    .map(([name, value]) => (name === 'scheme' ? `color-scheme:${value}` : `--${name}:${value}`))
    .join(';');
  const side = look.position === 'left' ? 'left' : 'right';
  return `.sb{${body};${side}:calc(var(--x) + env(safe-area-inset-${side},0px));transform-origin:bottom ${side}}`;
}
