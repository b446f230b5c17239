/** The button, drawn in a shadow root without fonts or pictures and without moving anything on the page. */
import { contrast, readableOn } from '../shared/color';
import { languageOf, lookOf, overrideOf } from '../shared/config';
import { addSheet } from '../shared/sheet';
import type { ConfigPatch } from '../shared/wire';
import css from './button.css?inline';

const words = {
  en: { open: 'Chat with us', close: 'Close chat', unread: '{n} unread' },
  zh: { open: '在线咨询', close: '收起聊天', unread: '{n} 条未读' },
};

const bubble = 'M21 11.5a8.4 8.4 0 0 1-8.5 8.3 8.7 8.7 0 0 1-3.6-.8L3.5 20.5l1.4-4.6A8.1 8.1 0 0 1 4 11.5a8.4 8.4 0 0 1 8.5-8.3 8.4 8.4 0 0 1 8.5 8.3z';
const chevron = 'M6 9.5l6 6 6-6';

export interface Button {
  root: ShadowRoot;
  mount: HTMLElement;
  dress(config: ConfigPatch): void;
  show(on: boolean): void;
  unread(count: number): void;
  opened(open: boolean): void;
  busy(on: boolean): void;
  focus(): void;
}

export function drawButton(nonce: string | undefined, on: { click(): void; intent(): void }): Button {
  const host = document.createElement('switchboard-chat');
  const root = host.attachShadow({ mode: 'open', delegatesFocus: false });
  addSheet(root, css, nonce);
  const theme = addSheet(root, '', nonce);

  const button = document.createElement('button');
  button.className = 'b';
  button.type = 'button';
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.append(path);
  const label = document.createElement('span');
  label.className = 't';
  const badge = document.createElement('span');
  badge.className = 'n';
  badge.setAttribute('aria-hidden', 'true');
  const mount = document.createElement('div');
  button.append(svg, label, badge);
  root.append(button, mount);

  let config: ConfigPatch = {};
  let count = 0;
  let open = false;
  const write = () => {
    const own = words[languageOf(config)];
    const text = overrideOf(config, 'button') ?? own.open;
    button.lang = languageOf(config);
    label.textContent = text;
    label.hidden = !lookOf(config).button_label;
    badge.hidden = open || !count;
    badge.textContent = count > 99 ? '99+' : String(count);
    button.setAttribute('aria-label', open ? own.close : count ? `${text} (${own.unread.replace('{n}', String(count))})` : text);
    button.setAttribute('aria-expanded', String(open));
    path.setAttribute('d', open ? chevron : bubble);
  };
  write();

  button.addEventListener('click', on.click);
  for (const sign of ['pointerenter', 'focus', 'touchstart']) button.addEventListener(sign, on.intent, { passive: true });

  // Some applications replace the whole body: come back when that happens.
  const attach = () => {
    if (host.isConnected || !document.body) return;
    document.body.append(host);
    watcher.observe(document.body, { childList: true });
  };
  const watcher = new MutationObserver(attach);
  watcher.observe(document.documentElement, { childList: true });
  let shown = false;

  return {
    root,
    mount,
    dress(next) {
      config = next;
      const look = lookOf(next);
      const side = look.position === 'left' ? 'left' : 'right';
      const color = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(look.theme_color) ? look.theme_color : '#1456f0';
      const px = (n: number) => `${Math.min(Math.max(Number(n) || 0, 0), 400)}px`;
      theme.set(
        `:host{--c:${color};--on:${readableOn(color)};--x:${px(look.offset_x)};--y:${px(look.offset_y)};--z:${Math.floor(Number(look.z_index)) || 0}}` +
          `.b{${side}:calc(var(--x) + env(safe-area-inset-${side},0px))${contrast(color, '#fff') < 1.6 ? ';border:1px solid #767676' : ''}}` +
          `@media(max-width:480px){.b{${side}:calc(min(var(--x),16px) + env(safe-area-inset-${side},0px))}}`,
      );
      write();
    },
    show(visible) {
      if (visible && !shown) attach();
      shown = visible;
      button.hidden = !visible;
    },
    unread(n) {
      count = n;
      write();
    },
    opened(now) {
      open = now;
      write();
    },
    busy: (now) => button.setAttribute('aria-busy', String(now)),
    focus: () => button.focus(),
  };
}
