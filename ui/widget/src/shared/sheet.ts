/** Style sheets without `<style>` elements, so that a strict CSP of the host page has nothing to refuse. */

export interface Sheet {
  set(css: string): void;
}

export function addSheet(root: ShadowRoot, css: string, nonce?: string): Sheet {
  try {
    const sheet = new CSSStyleSheet();
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    sheet.replaceSync(css);
    return { set: (text) => sheet.replaceSync(text) };
  } catch {
    // Browsers from before constructable sheets.
    const el = document.createElement('style');
    if (nonce) el.nonce = nonce;
    el.textContent = css;
    root.appendChild(el);
    return { set: (text) => (el.textContent = text) };
  }
}
