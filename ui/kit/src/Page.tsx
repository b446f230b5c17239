import type { ReactNode } from "react";
import css from "./kit.module.css";
import { useTitle } from "./title";

interface PageProps {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  back?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

/** The frame of every page that is not the desk: title, one sentence, actions, content. */
export function Page({ title, lead, actions, back, wide, children }: PageProps) {
  useTitle(title);
  return (
    <div className={css.page}>
      <div className={css.pageInner} data-wide={wide || undefined}>
        {back ? <div className={css.pageBack}>{back}</div> : null}
        <header className={css.pageHead}>
          <div>
            <h1>{title}</h1>
            {lead ? <p>{lead}</p> : null}
          </div>
          {actions ? <div className={css.pageActions}>{actions}</div> : null}
        </header>
        {children}
      </div>
    </div>
  );
}

interface PanelProps {
  title?: string;
  hint?: ReactNode;
  extra?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}

/** A white sheet on the page. */
export function Panel({ title, hint, extra, flush, children }: PanelProps) {
  return (
    <section className={css.panel} data-flush={flush || undefined} aria-label={title}>
      {title ? (
        <header className={css.panelHead}>
          <div>
            <h2>{title}</h2>
            {hint ? <p>{hint}</p> : null}
          </div>
          {extra}
        </header>
      ) : null}
      {children}
    </section>
  );
}

export type Tone = "quiet" | "good" | "warn" | "bad" | "brand";

/** A short word in a coloured capsule; the word, not the colour, carries the meaning. */
export function Chip({ tone = "quiet", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className={css.chip} data-tone={tone}>
      {children}
    </span>
  );
}

export function Kbd({ children }: { children: ReactNode }) {
  return <kbd className={css.kbd}>{children}</kbd>;
}

/** Name and value, one under another. */
export function Facts({ items }: { items: [label: string, value: ReactNode][] }) {
  return (
    <dl className={css.facts}>
      {items.map(([label, value], at) => (
        <div key={`${at} ${label}`}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
