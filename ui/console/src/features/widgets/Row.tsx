import type { ReactNode } from "react";
import css from "./widgets.module.css";

/** Label and hint on the left, the control on the right. */
export function Row({ label, hint, children }: { label: string; hint?: string; children: ReactNode }) {
  return (
    <div className={css.row}>
      <div>
        <span>{label}</span>
        {hint ? <small>{hint}</small> : null}
      </div>
      <div>{children}</div>
    </div>
  );
}
