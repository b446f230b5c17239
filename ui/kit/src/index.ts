export { Avatar, initials, StatusDot } from "./Avatar";
export { CopyLine } from "./CopyLine";
export { ModeContext, useMode } from "./mode";
export { Chip, Facts, Kbd, Page, Panel, type Tone } from "./Page";
export { applyPalette, type Mode, type Palette, palettes, personColour } from "./palette";
export { Empty, Failure, Rows } from "./States";
export { sayTitle, useTitle } from "./title";
export { antdTheme, fontFamily } from "./theme";
