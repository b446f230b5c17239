/** On a phone the panel fills the screen: the page behind keeps still, the keyboard covers nothing, "back" closes. */

const FULL = '(max-width: 480px), (max-height: 480px)';

export interface Phone {
  /** Whether the panel fills the screen now. */
  isFull(): boolean;
  opened(panel: HTMLElement): void;
  closed(): void;
}

type Marked = { switchboard?: boolean } | null;

export function openPhone(close: () => void): Phone {
  const full = matchMedia(FULL);
  const root = document.documentElement;
  let panel: HTMLElement | null = null;
  let overflow: string | null = null;
  let ignoreBack = false;

  const isMarked = () => !!(history.state as Marked)?.switchboard;

  function fit(): void {
    const view = window.visualViewport;
    if (!panel) return;
    if (!full.matches || !view || view.scale > 1.05) {
      panel.style.removeProperty('--top');
      panel.style.removeProperty('--height');
      return;
    }
    panel.style.setProperty('--top', `${view.offsetTop}px`);
    panel.style.setProperty('--height', `${view.height}px`);
  }

  function hold(): void {
    if (panel && full.matches && overflow === null) {
      overflow = root.style.overflow;
      root.style.overflow = 'hidden';
    } else if ((!panel || !full.matches) && overflow !== null) {
      root.style.overflow = overflow;
      overflow = null;
    }
  }

  // Ahead of the page's own router: our step back changes no address and is none of its business.
  addEventListener(
    'popstate',
    (event) => {
      if (ignoreBack) {
        ignoreBack = false;
        event.stopImmediatePropagation();
      } else if (panel && full.matches && !isMarked()) {
        event.stopImmediatePropagation();
        close();
      }
    },
    true,
  );
  full.addEventListener('change', () => {
    fit();
    hold();
  });
  window.visualViewport?.addEventListener('resize', fit);
  window.visualViewport?.addEventListener('scroll', fit);

  return {
    isFull: () => full.matches,
    opened(element) {
      panel = element;
      fit();
      hold();
      if (!full.matches || isMarked()) return;
      // The page's own state stays in the entry, so that its router finds what it knows.
      const state: unknown = history.state;
      if (state === null || typeof state === 'object') history.pushState({ ...state, switchboard: true }, '');
    },
    closed() {
      panel = null;
      hold();
      if (!isMarked()) return;
      ignoreBack = true;
      history.back();
      setTimeout(() => (ignoreBack = false), 500);
    },
  };
}
