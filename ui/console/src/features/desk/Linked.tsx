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

/** Splits by the words sought, so that each hit can be marked. */
export function splitByWords(text: string, words: string | undefined): string[] {
  const sought = (words ?? "").split(/\s+/).filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return sought.length === 0 ? [text] : text.split(new RegExp(`(${sought.join("|")})`, "gi"));
}

export function Marked({ text, words }: { text: string; words: string | undefined }) {
  return <>{splitByWords(text, words).map((part, at) => (at % 2 === 1 ? <mark key={at}>{part}</mark> : <Fragment key={at}>{part}</Fragment>))}</>;
}
