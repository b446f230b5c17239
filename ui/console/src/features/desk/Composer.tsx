import { CloseOutlined, PaperClipOutlined, ReloadOutlined, SendOutlined, SmileOutlined } from "@ant-design/icons";
import { Button, Popover, Progress, Tooltip } from "antd";
import { type ClipboardEvent, type DragEvent, type KeyboardEvent, type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { theLink } from "@/live/live";
import css from "./composer.module.css";
import { useDrafts } from "./drafts";
import { say } from "./threads";
import { useUploads } from "./uploads";

const LIMIT = 10_000;
const FACES = ["😀", "😊", "😂", "😉", "😍", "🤔", "😅", "😢", "😮", "😴", "👍", "👎", "👌", "🙏", "👏", "💪", "👋", "🤝", "❤️", "🎉", "✅", "❌", "⚠️", "❓", "💡", "🔥", "⭐", "🚀", "📦", "📎", "📞", "📧", "💳", "🕐", "🎁", "☕"];

export function Composer({ chat, field }: { chat: string; field: RefObject<HTMLTextAreaElement | null> }) {
  const { t } = useTranslation();
  const text = useDrafts(({ byChat }) => byChat[chat]) ?? "";
  const setDraft = useDrafts((drafts) => drafts.set);
  const typing = useTyping(chat);
  const uploads = useUploads(chat);
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);

  useLayoutEffect(() => {
    const box = field.current;
    if (!box) return;
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 220)}px`;
  }, [text, field]);
  useEffect(() => {
    if (matchMedia("(hover: hover)").matches) field.current?.focus({ preventScroll: true });
  }, [chat, field]);

  const write = (next: string) => {
    setDraft(chat, next);
    typing(next.trim() !== "");
  };
  const send = () => {
    const words = text.trim();
    if (!words || words.length > LIMIT) return;
    setDraft(chat, "");
    typing(false);
    say(chat, words);
  };
  const press = (event: KeyboardEvent) => {
    // While an input method composes, Enter chooses a word and must not send.
    if (event.key !== "Enter" || event.shiftKey || event.altKey || event.nativeEvent.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };
  const insert = (sign: string) => {
    const at = field.current?.selectionStart ?? text.length;
    write(text.slice(0, at) + sign + text.slice(field.current?.selectionEnd ?? at));
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(at + sign.length, at + sign.length);
    });
  };
  const paste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    uploads.add(event.clipboardData.files);
  };
  const dropped = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    uploads.add(event.dataTransfer.files);
  };
  const rest = LIMIT - text.length;

  return (
    <footer
      className={css.composer}
      data-over={over || undefined}
      onDragOver={(event) => (event.preventDefault(), setOver(true))}
      onDragLeave={() => setOver(false)}
      onDrop={dropped}
    >
      {uploads.sending.length > 0 ? (
        <ul className={css.uploads} aria-label={t("desk.uploads")}>
          {uploads.sending.map((one) => (
            <li key={one.id} data-error={one.error !== null || undefined}>
              <span className="sb-cut">{one.file.name}</span>
              {one.error ? <em role="alert">{one.error}</em> : <Progress percent={Math.round(one.part * 100)} size="small" aria-label={one.file.name} />}
              {one.error ? <Button size="small" type="text" icon={<ReloadOutlined aria-hidden="true" />} aria-label={t("act.retry")} onClick={() => uploads.again(one)} /> : null}
              <Button size="small" type="text" icon={<CloseOutlined aria-hidden="true" />} aria-label={t("desk.cancelUpload", { name: one.file.name })} onClick={() => uploads.cancel(one)} />
            </li>
          ))}
        </ul>
      ) : null}
      <div className={css.box}>
        <textarea
          ref={field}
          rows={1}
          value={text}
          dir="auto"
          placeholder={t("desk.write")}
          aria-label={t("desk.write")}
          aria-describedby="composer-hint"
          onChange={(event) => write(event.target.value)}
          onKeyDown={press}
          onPaste={paste}
          onBlur={() => typing(false)}
        />
        <div className={css.tools}>
          <Tooltip title={t("desk.attach")}>
            <Button type="text" icon={<PaperClipOutlined aria-hidden="true" />} aria-label={t("desk.attach")} onClick={() => picker.current?.click()} />
          </Tooltip>
          <input ref={picker} type="file" multiple hidden onChange={({ target }) => (target.files && uploads.add(target.files), (target.value = ""))} />
          <Popover
            trigger="click"
            placement="topLeft"
            content={<div className={css.faces}>{FACES.map((face) => <button key={face} type="button" onClick={() => insert(face)}>{face}</button>)}</div>}
          >
            <Button type="text" icon={<SmileOutlined aria-hidden="true" />} aria-label={t("desk.emoji")} />
          </Popover>
          <span id="composer-hint" className={css.hint} data-bad={rest < 0 || undefined}>{rest < 500 ? t("desk.rest", { count: rest }) : t("desk.keys")}</span>
          <Button type="primary" icon={<SendOutlined aria-hidden="true" />} disabled={!text.trim() || rest < 0} onClick={send}>{t("desk.send")}</Button>
        </div>
        {over ? <div className={css.drop} aria-hidden="true">{t("desk.drop")}</div> : null}
      </div>
    </footer>
  );
}

/** Tells the visitor that we write, at most every three seconds, and that we stopped after four of rest. */
function useTyping(chat: string): (on: boolean) => void {
  const state = useRef({ told: 0, timer: 0 });
  const tell = (on: boolean) => {
    const now = state.current;
    clearTimeout(now.timer);
    if (on) {
      now.timer = window.setTimeout(() => tell(false), 4_000);
      if (Date.now() - now.told < 3_000) return;
    } else if (now.told === 0) return;
    now.told = on ? Date.now() : 0;
    theLink()?.send({ op: "typing", chat, on, text: null });
  };
  useEffect(() => () => tell(false), [chat]);
  return tell;
}
