/** Finds the snippet that loaded us and reads what it says. */

export interface Snippet {
  base: string;
  site: number;
  widget: number;
  nonce?: string;
}

export function readSnippet(): Snippet | null {
  // Tag managers insert the script themselves; then there may be no current script to ask.
  const current = document.currentScript as HTMLScriptElement | null;
  const tag =
    current && /\/w\.js(\?|$)/.test(current.src)
      ? current
      : (document.querySelector<HTMLScriptElement>('script[src*="/w.js"][data-site]') ??
        document.querySelector<HTMLScriptElement>('script[src*="/w.js?"]'));
  if (!tag) return null;
  const url = new URL(tag.src, location.href);
  // Some tag managers drop data attributes, so the address may carry the two numbers instead.
  const read = (name: string) => Number(tag.getAttribute('data-' + name) ?? url.searchParams.get(name));
  const site = read('site');
  const widget = read('widget');
  if (!site || !widget) {
    console.warn('[switchboard] the snippet names no site or no widget: copy it again from the console');
    return null;
  }
  return { base: new URL('.', url).href.split('?')[0] as string, site, widget, nonce: tag.nonce || undefined };
}
