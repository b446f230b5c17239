/** Hears of navigation in single-page applications. */

/** Calls `changed(previous address)` after the address changed and the page had time to set its title. */
export function watchPages(changed: (from: string) => void): void {
  let last = location.href;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (location.href === last) return;
      const from = last;
      last = location.href;
      changed(from);
    }, 300);
  };
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name];
    history[name] = function (this: History, ...args: Parameters<History['pushState']>) {
      original.apply(this, args);
      look();
    };
  }
  addEventListener('popstate', look);
  addEventListener('hashchange', look);
}
