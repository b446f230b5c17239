import type { CSSProperties, ReactNode } from "react";
import { useMode } from "./mode";
import { personColour } from "./palette";
import css from "./kit.module.css";

/** One to two letters that stand for a name; a CJK name shows its last two signs, as people address each other. */
export function initials(name: string): string {
  const clean = name.trim();
  if (!clean) return "·";
  if (/[\u3400-\u9fff]/.test(clean)) return clean.slice(-2);
  const words = clean.split(/[\s._@-]+/).filter(Boolean);
  const letters = words.length > 1 ? `${words[0]?.[0] ?? ""}${words[1]?.[0] ?? ""}` : clean.slice(0, 2);
  return letters.toUpperCase();
}

interface AvatarProps {
  id: string | number;
  name: string;
  size?: number;
  dot?: "online" | "away" | "offline" | null;
  icon?: ReactNode;
}

/** Decorative: the name stands beside it, so it is hidden from screen readers. */
export function Avatar({ id, name, size = 32, dot, icon }: AvatarProps) {
  const mode = useMode();
  const style: CSSProperties = { width: size, height: size, fontSize: Math.round(size * 0.36), ...personColour(id, mode) };
  return (
    <span className={css.avatar} style={style} aria-hidden="true">
      {icon ?? initials(name)}
      {dot ? <i className={css.avatarDot} data-status={dot} /> : null}
    </span>
  );
}

export function StatusDot({ status }: { status: "online" | "away" | "offline" }) {
  return <i className={css.dot} data-status={status} aria-hidden="true" />;
}
