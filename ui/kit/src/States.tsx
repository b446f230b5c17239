import { Button } from "antd";
import type { ReactNode } from "react";
import css from "./kit.module.css";

interface StateProps {
  icon?: ReactNode;
  title: string;
  hint?: ReactNode;
  action?: ReactNode;
  compact?: boolean;
}

/** Nothing here yet: says what would be here and what to do. */
export function Empty({ icon, title, hint, action, compact }: StateProps) {
  return (
    <div className={css.state} data-compact={compact || undefined}>
      {icon ? <span className={css.stateIcon} aria-hidden="true">{icon}</span> : null}
      <p className={css.stateTitle}>{title}</p>
      {hint ? <p className={css.stateHint}>{hint}</p> : null}
      {action ? <div className={css.stateAction}>{action}</div> : null}
    </div>
  );
}

interface FailureProps {
  title: string;
  detail?: string;
  retryLabel: string;
  onRetry: () => void;
  compact?: boolean;
}

/** It did not load: says why, offers again. */
export function Failure({ title, detail, retryLabel, onRetry, compact }: FailureProps) {
  return (
    <div className={css.state} role="alert" data-compact={compact || undefined}>
      <p className={css.stateTitle}>{title}</p>
      {detail ? <p className={css.stateHint}>{detail}</p> : null}
      <div className={css.stateAction}>
        <Button onClick={onRetry}>{retryLabel}</Button>
      </div>
    </div>
  );
}

/** Grey lines in the shape of what is coming. */
export function Rows({ count = 6, tall, label }: { count?: number; tall?: boolean; label: string }) {
  return (
    <div role="status" aria-busy="true" aria-label={label} className={css.rows}>
      {Array.from({ length: count }, (_, row) => (
        <div key={row} className={css.row} data-tall={tall || undefined} aria-hidden="true">
          {tall ? <i className={css.boneRound} /> : null}
          <span>
            <i className={css.bone} style={{ width: `${58 - ((row * 17) % 30)}%` }} />
            {tall ? <i className={css.bone} style={{ width: `${86 - ((row * 23) % 40)}%` }} /> : null}
          </span>
        </div>
      ))}
    </div>
  );
}
