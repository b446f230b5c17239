/** The panel's door: the loader calls `start` once and holds what comes back. */
import { render } from 'preact';
import type { Host, Panel } from '../shared/bridge';
import { addSheet } from '../shared/sheet';
import { openSession } from './chat/session';
import { focusFirst } from './focus';
import { openPhone } from './phone';
import { panelCss } from './styles';
import { themeCss } from './theme';
import { App } from './views/app';

function start(host: Host): Panel {
  const theme = addSheet(host.root, '', host.nonce);
  addSheet(host.root, panelCss, host.nonce);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const dress = () => theme.set(themeCss(session.store.get().config.look, dark.matches));

  const session = openSession(host, () => panel.close());
  const panel: Panel = {
    open(focus) {
      // A page that came back by itself does not cover a phone's screen again.
      if (!focus && phone.isFull() && !(history.state as { switchboard?: boolean } | null)?.switchboard) return;
      session.store.set({ open: true });
      host.opened(true);
      const element = host.mount.querySelector<HTMLElement>('.sb');
      if (!element) return;
      requestAnimationFrame(() => {
        phone.opened(element);
        if (focus) focusFirst(element);
      });
      session.openChanged();
    },
    close() {
      if (!panel.isOpen()) return;
      const hadFocus = host.root.activeElement !== null;
      session.store.set({ open: false });
      host.opened(false);
      phone.closed();
      if (hadFocus) host.focusButton();
    },
    isOpen: () => session.store.get().open,
    visited(visit) {
      session.visited(visit);
      dress();
    },
    chatElsewhere: session.chatElsewhere,
  };
  const phone = openPhone(() => panel.close());
  dark.addEventListener('change', dress);
  dress();
  render(<App store={session.store} actions={session.actions} isFull={phone.isFull} />, host.mount);

  // A form gives way to a chat, a composer to the rating, with the focus in it: follow to what comes instead,
  // but never take the focus from the page. The old screen still stands when this is heard.
  const screenOf = () => session.store.get().chat?.status ?? 'none';
  let screen = screenOf();
  session.store.subscribe(() => {
    if (screenOf() === screen) return;
    screen = screenOf();
    const before = host.root.activeElement;
    if (!panel.isOpen() || !before || !host.mount.contains(before)) return;
    setTimeout(() => {
      // Still where it was, or the visitor has moved on already.
      if (!panel.isOpen() || before.isConnected || host.root.activeElement) return;
      // Not onto the stars: a key meant for the message would choose one.
      const rest = host.mount.querySelector<HTMLElement>('.rest');
      if (rest) rest.focus();
      else focusFirst(host.mount.firstElementChild as HTMLElement);
    }, 60);
  });
  return panel;
}

window.__switchboardPanel = start;
