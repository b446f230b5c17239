/**
 * The page's nonce goes onto every style sheet made by a script. antd passes it on for its own sheets, but not for those with
 * which it measures scroll bars and locks scrolling, and the browser would refuse them.
 */
export const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content || undefined;

if (nonce) {
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const made = create(name, options);
    if (made instanceof HTMLStyleElement) made.nonce = nonce;
    return made;
  }) as typeof document.createElement;
}
