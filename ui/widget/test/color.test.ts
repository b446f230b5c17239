import { expect, it } from 'vitest';
import { contrast, readableOn } from '../src/shared/color';
import { readableAs } from '../src/shared/tint';
import { themeCss } from '../src/panel/theme';
import { defaultLook } from '../src/shared/config';

const steps = ['00', '33', '66', '77', '80', '99', 'cc', 'ff'];
const colors = steps.flatMap((r) => steps.flatMap((g) => steps.map((b) => `#${r}${g}${b}`)));

it('every theme colour carries readable text', () => {
  for (const color of colors) expect(contrast(readableOn(color), color), color).toBeGreaterThanOrEqual(4.5);
});

it('every theme colour has a shade that reads on every surface', () => {
  for (const color of colors) for (const surface of ['#ffffff', '#f2f4f7', '#17191e', '#272b33']) expect(contrast(readableAs(color, surface), surface), color).toBeGreaterThanOrEqual(4.5);
});

it('the shaded end of the head is no less readable than its beginning', () => {
  for (const color of colors) {
    const css = themeCss({ ...defaultLook, theme_color: color }, false);
    const deep = /--deep:(#\w+)/.exec(css)?.[1] ?? '';
    expect(contrast(readableOn(color), deep), color).toBeGreaterThanOrEqual(4.5);
  }
});

it('a theme colour that is no colour cannot carry styles in', () => {
  expect(themeCss({ ...defaultLook, theme_color: 'red;}*{display:none' }, false)).not.toContain('display');
});
