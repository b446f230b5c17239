import { Fragment } from "react";

const ADDRESS = /\bhttps?:\/\/[^\s<>"'，。！？）】]+[^\s<>"'，。！？）】.,;:!?)\]]/g;

/** Text with its web addresses clickable and sought words marked. Never interprets markup. */
export function Linked({ text, words }: { text: string; words?: string }) {
  const parts: React.ReactNode[] = [];
  let at = 0;
  for (const hit of text.matchAll(ADDRESS)) {
    parts.push(<Marked key={at} text={text.slice(at, hit.index)} words={words} />);
    parts.push(<a key={`a${hit.index}`} href={hit[0]} target="_blank" rel="noopener noreferrer nofollow"><Marked text={hit[0]} words={words} /></a>);
    at = hit.index + hit[0].length;
  }
  parts.push(<Marked key={at} text={text.slice(at)} words={words} />);
  return <>{parts}</>;
}

const DENSE = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}";
const ONE_SCRIPT = new RegExp(`[${DENSE}]+|[^${DENSE}]+`, "gu");
const SPACED = new RegExp(`^(?![${DENSE}])[\\p{L}\\p{N}]`, "u");

/** A search cut as the server reads it: what stands in quotes, and words, parted where the script changes. The longest first. */
function termsOf(words: string): string[] {
  const terms = words.normalize("NFKC").split(/["“”]/).flatMap((part, at) => (at % 2 === 1 ? [part.trim()] : part.split(/\s+/).flatMap((word) => word.match(ONE_SCRIPT) ?? [])));
  return terms.filter(Boolean).sort((a, b) => b.length - a.length);
}

/** Words in letters are marked where a word begins. */
function patternOf(term: string): string {
  const escaped = term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+");
  return SPACED.test(term) ? `(?<=^|[^\\p{L}\\p{N}]|[${DENSE}])${escaped}` : escaped;
}

/** Splits by the words sought, so that each hit can be marked. */
export function splitByWords(text: string, words: string | undefined): string[] {
  const terms = termsOf(words ?? "");
  return terms.length === 0 ? [text] : text.split(new RegExp(`(${terms.map(patternOf).join("|")})`, "giu"));
}

export function Marked({ text, words }: { text: string; words: string | undefined }) {
  return <>{splitByWords(text, words).map((part, at) => (at % 2 === 1 ? <mark key={at}>{part}</mark> : <Fragment key={at}>{part}</Fragment>))}</>;
}
