/**
 * The live preview of the console. It stands in a frame, draws the real button and panel, and speaks to no server.
 *
 * The page around it sends `{switchboardPreview: config, screen?, open?}` from the same origin, where `screen` is
 * one of `form`, `offline`, `waiting`, `chatting`, `ended`; it hears `{switchboardPreviewReady: true}` first.
 */
import { render } from 'preact';
import { drawButton } from '../loader/button';
import type { Actions } from '../panel/chat/session';
import { createStore } from '../panel/chat/store';
import { emptyTimeline } from '../panel/chat/timeline';
import { openPhone } from '../panel/phone';
import { panelCss } from '../panel/styles';
import { themeCss } from '../panel/theme';
import { App } from '../panel/views/app';
import { fullConfig } from '../shared/config';
import { addSheet } from '../shared/sheet';
import type { ChatState, ConfigPatch, Visit } from '../shared/wire';
import { cannedChat, cannedDepartments, cannedTimeline } from './canned';

type Screen = 'form' | 'offline' | 'waiting' | 'chatting' | 'ended';

const visitOf = (config: ConfigPatch, online = true): Visit => ({
  visitor: { id: 'preview' },
  widget: config,
  departments: cannedDepartments(config),
  online,
  chat: null,
  pace_ms: 0,
});

const store = createStore(visitOf({}));
const toggle = (open = !store.get().open) => {
  store.set({ open });
  button.opened(open);
};
const button = drawButton(undefined, { click: () => toggle(), intent: () => undefined });
const theme = addSheet(button.root, '');
addSheet(button.root, panelCss);
const dark = matchMedia('(prefers-color-scheme: dark)');

let config: ConfigPatch = {};
let screen: Screen = 'form';

function show(): void {
  const status: ChatState['status'] | null = screen === 'form' || screen === 'offline' ? null : screen;
  store.set({
    visit: visitOf(config, screen !== 'offline'),
    config: fullConfig(config),
    chat: status && cannedChat(config, status),
    timeline: status ? cannedTimeline(config, status) : emptyTimeline,
    offlineSent: false,
    turnedAway: false,
    rated: false,
  });
  button.dress(config);
  button.show(true);
  theme.set(themeCss(fullConfig(config).look, dark.matches));
}

const go = (next: Screen) => {
  screen = next;
  show();
};
const none = () => undefined;
const actions: Actions = {
  text: none,
  files: none,
  retry: none,
  discard: none,
  start: async () => (screen === 'offline' ? store.set({ offlineSent: true }) : go('chatting')),
  end: async () => go('ended'),
  mail: async () => undefined,
  rate: async () => store.set({ rated: true }),
  newChat: () => go('form'),
  again: () => store.set({ offlineSent: false }),
  drafting: none,
  toggleSound: () => store.set({ sound: !store.get().sound }),
  dismissNotice: none,
  close: () => toggle(false),
  fileUrl: (url) => url,
  keep: none,
  kept: () => null,
};

const phone = openPhone(() => toggle(false));
render(<App store={store} actions={actions} isFull={phone.isFull} />, button.mount);
show();
toggle(true);

interface Order {
  switchboardPreview?: ConfigPatch;
  screen?: Screen;
  open?: boolean;
}

addEventListener('message', (event: MessageEvent<Order | null>) => {
  const order = event.data;
  if (event.origin !== location.origin || !order?.switchboardPreview) return;
  config = order.switchboardPreview;
  screen = order.screen ?? screen;
  show();
  if (order.open !== undefined) toggle(order.open);
});
dark.addEventListener('change', show);
if (parent !== window) parent.postMessage({ switchboardPreviewReady: true }, location.origin);
