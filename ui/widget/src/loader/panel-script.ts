/** Brings the panel, once, by a script element from the server the loader came from. */
import type { StartPanel } from '../shared/bridge';

/** Set by the build to the panel's file, named by its content. */
declare const __PANEL_FILE__: string;

let coming: Promise<StartPanel> | undefined;

export function loadPanel(base: string, nonce: string | undefined): Promise<StartPanel> {
  return (coming ??= new Promise<StartPanel>((resolve, reject) => {
    const script = document.createElement('script');
    const fail = () => {
      coming = undefined;
      script.remove();
      reject(new Error('[switchboard] the chat window did not load'));
    };
    script.async = true;
    if (nonce) script.nonce = nonce;
    script.onload = () => (window.__switchboardPanel ? resolve(window.__switchboardPanel) : fail());
    script.onerror = fail;
    script.src = trusted(base + __PANEL_FILE__);
    document.head.append(script);
  }));
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown };
}

/** Pages that require trusted types accept a script address only through a named policy. */
function trusted(url: string): string {
  const types = (window as { trustedTypes?: TrustedTypes }).trustedTypes;
  try {
    if (types) return types.createPolicy('switchboard', { createScriptURL: (u) => u }).createScriptURL(url) as string;
  } catch {
    // The policy exists already or is not allowed; the plain address is then right or will be refused.
  }
  return url;
}
