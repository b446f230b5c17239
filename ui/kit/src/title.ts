import { useEffect } from "react";

const said = { count: 0, screen: "", house: "" };

/** Changes a part of what the browser's tab says: how many wait, which screen this is, whose house. */
export function sayTitle(part: Partial<typeof said>): void {
  Object.assign(said, part);
  const names = [said.screen, said.house].filter(Boolean).join(" · ");
  document.title = said.count > 0 ? `(${said.count}) ${names}` : names;
}

/** Names the screen in the browser's tab, the closest first: whom it is about, then what it is. */
export function useTitle(...names: (string | null | undefined)[]): void {
  const screen = names.filter(Boolean).join(" · ");
  useEffect(() => sayTitle({ screen }), [screen]);
}
