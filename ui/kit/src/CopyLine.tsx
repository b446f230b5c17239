import { Button } from "antd";
import { useState } from "react";
import css from "./kit.module.css";

interface CopyLineProps {
  text: string;
  label: string;
  copyLabel: string;
  copiedLabel: string;
}

/** One line of machine text and the button that copies it; the line is selected when the clipboard is refused. */
export function CopyLine({ text, label, copyLabel, copiedLabel }: CopyLineProps) {
  const [copied, setCopied] = useState(false);
  const [line, setLine] = useState<HTMLElement | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      if (line) getSelection()?.selectAllChildren(line);
    }
  };
  return (
    <div className={css.copyLine} role="group" aria-label={label}>
      <code ref={setLine} tabIndex={0}>{text}</code>
      <Button size="small" onClick={copy} type={copied ? "default" : "primary"}>
        <span aria-live="polite">{copied ? copiedLabel : copyLabel}</span>
      </Button>
    </div>
  );
}
