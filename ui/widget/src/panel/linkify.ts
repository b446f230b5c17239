/** Finds web addresses in text. Gives parts; nothing is ever turned into markup. */

export interface Part {
  text: string;
  href?: string;
}

const ADDRESS = /https?:\/\/[^\s<>"'`\u3000-\u303f\uff00-\uffef\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+/gi;

export function linkify(text: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const found = trimEnd(match[0]);
    const href = safeAddress(found);
    if (!href) continue;
    if (match.index > from) parts.push({ text: text.slice(from, match.index) });
    parts.push({ text: found, href });
    from = match.index + found.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

/** Punctuation after an address belongs to the sentence, and so does a bracket that was opened before it. */
function trimEnd(address: string): string {
  for (;;) {
    const last = address.at(-1) ?? '';
    const opener = { ')': '(', ']': '[', '}': '{' }[last];
    if (/[.,;:!?*_~]/.test(last) || (opener && address.split(opener).length < address.split(last).length)) address = address.slice(0, -1);
    else return address;
  }
}

function safeAddress(text: string): string | null {
  try {
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) && url.hostname && !url.username ? url.href : null;
  } catch {
    return null;
  }
}
