import { RightOutlined } from "@ant-design/icons";
import { type ReactNode, useState } from "react";
import css from "./panel.module.css";

/** Folds; each person's choice is remembered by card. */
export function Card({ name, title, count, children }: { name: string; title: string; count?: number; children: ReactNode }) {
  const key = `switchboard.card.${name}`;
  const [open] = useState(() => localStorage.getItem(key) !== "shut");
  return (
    <details className={css.card} open={open} onToggle={({ currentTarget }) => localStorage.setItem(key, currentTarget.open ? "open" : "shut")}>
      <summary>
        <RightOutlined aria-hidden="true" />
        <h3>{title}</h3>
        {count ? <span className="sb-num sb-quiet">{count}</span> : null}
      </summary>
      <div>{children}</div>
    </details>
  );
}

/** An address of somebody else's site; opened without telling it about us. */
export function Address({ url, title }: { url: string; title?: string | null }) {
  const safe = /^https?:\/\//i.test(url);
  const text = title || url.replace(/^https?:\/\//, "");
  return safe ? <a href={url} title={url} target="_blank" rel="noopener noreferrer" className={css.address}>{text}</a> : <span className={css.address}>{text}</span>;
}
