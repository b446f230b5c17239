/** The loader: one call, one button, and the panel when somebody wants it. */
import { keys, type Panel } from '../shared/bridge';
import { openMemory } from '../shared/memory';
import type { ChatState, Visit } from '../shared/wire';
import { drawButton, type Button } from './button';
import { watchPages } from './pages';
import { loadPanel } from './panel-script';
import { readSnippet, type Snippet } from './script-tag';
import { openVisits } from './visits';

function start(snippet: Snippet): void {
  const prefix = `switchboard.${snippet.site}.`;
  const memory = openMemory('localStorage', prefix);
  const tab = openMemory('sessionStorage', prefix);
  let button: Button | undefined;
  let panel: Panel | undefined;
  let wanted = false;
  let failures = 0;

  const visits = openVisits(snippet, memory, (visit) => {
    if (!visit?.widget) {
      button?.show(false);
      panel?.close();
      return;
    }
    button ??= drawButton(snippet.nonce, { click, intent: () => void load().catch(() => undefined) });
    button.dress(visit.widget);
    button.show(visit.online || isRunning(visit.chat) || !visit.widget.hide_when_offline || !!panel?.isOpen());
    panel?.visited(visit);
    if (!panel && (isRunning(visit.chat) || tab.get(keys.open))) bring(tab.get(keys.open) === true, false);
  });

  async function load(): Promise<Panel> {
    const make = await loadPanel(snippet.base, snippet.nonce);
    const { root, mount, unread, focus } = button as Button;
    return (panel ??= make({
      base: snippet.base,
      nonce: snippet.nonce,
      root,
      mount,
      memory,
      unread,
      focusButton: focus,
      visit: () => visits.current as Visit,
      token: visits.token,
      revisit: visits.begin,
      linked: visits.linked,
      opened(open) {
        button?.opened(open);
        tab.set(keys.open, open || null);
      },
    }));
  }

  /** Loads the panel for a chat that runs already, or because it is to be opened. */
  function bring(open: boolean, focus: boolean): void {
    wanted = open;
    button?.busy(open);
    load()
      .then((it) => {
        if (wanted) it.open(focus);
        failures = 0;
      })
      .catch((error: Error) => {
        console.warn(error.message);
        if (failures++ < 5) setTimeout(() => panel || bring(wanted, focus), 2000 * 2 ** failures * Math.random());
      })
      .finally(() => button?.busy(false));
  }

  function click(): void {
    if (panel?.isOpen()) panel.close();
    else if (button) bring(true, true);
  }

  memory.watch<ChatState>(keys.chat, (chat) => {
    if (panel) panel.chatElsewhere(chat);
    else if (isRunning(chat) && visits.current) {
      visits.current.chat = chat;
      button?.show(true);
      bring(false, false);
    }
  });
  watchPages((from) => void visits.page(from));
  window.Switchboard = {
    open: () => (button ? bring(true, true) : tab.set(keys.open, true)),
    close: () => panel?.close(),
    variables: visits.variables,
  };
  void visits.begin();
}

function isRunning(chat: ChatState | null): boolean {
  return chat?.status === 'waiting' || chat?.status === 'chatting';
}

/** A page rendered ahead of time is no visit yet, and a page without a body has no room for a button. */
function whenSeen(then: () => void): void {
  const page = document as Document & { prerendering?: boolean };
  if (page.prerendering) document.addEventListener('prerenderingchange', () => whenSeen(then), { once: true });
  else if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', then, { once: true });
  else then();
}

const snippet = window.Switchboard ? null : readSnippet();
if (snippet) {
  // Set at once, so that a second copy of the snippet finds it and does nothing.
  window.Switchboard = { open() {}, close() {}, variables: async () => {} };
  whenSeen(() => start(snippet));
}
