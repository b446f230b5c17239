import { CloseOutlined, DownOutlined, FileTextOutlined, LockOutlined, PaperClipOutlined, SendOutlined } from "@ant-design/icons";
import { Chip } from "@switchboard/kit";
import { Button, Dropdown, Progress, Select, Space } from "antd";
import { type KeyboardEvent, type RefObject, useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { explain } from "@/app/errors";
import { isMac } from "@/app/hotkeys";
import { usePhone } from "@/app/prefs";
import { pair } from "@/app/words";
import { useTicketDrafts } from "./drafts";
import { useTicketFiles } from "./files";
import { StatusChip } from "./marks";
import { macros, usePeople, useSay } from "./queries";
import css from "./ticket.module.css";
import { type Macro, type TicketStatus, type TicketView } from "./types";

const AFTER: TicketStatus[] = ["open", "pending", "on_hold", "solved"];

/** Writes to the requester or among ourselves; the two look different while they are written, too. */
export function ReplyBox({ ticket, field }: { ticket: TicketView; field: RefObject<HTMLTextAreaElement | null> }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const id = String(ticket.id);
  const { draft, edit, clear } = useTicketDrafts(id);
  const say = useSay(id);
  const known = macros.useAll().data?.items ?? [];
  const chosen = known.find((one) => one.id === draft.macro);
  const closed = ticket.status === "closed";
  const kinds = useRef<HTMLDivElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const files = useTicketFiles();
  const ready = (draft.text.trim() !== "" || files.ids.length > 0) && !files.busy;

  useLayoutEffect(() => {
    const box = field.current;
    if (!box) return;
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, 280)}px`;
  }, [draft.text, field]);

  const send = async (status?: TicketStatus) => {
    const text = draft.text.trim();
    if (!ready || say.isPending) return;
    // The same words are sent under the same number until they are taken, so a second try says nothing twice.
    await say.mutateAsync({ client_id: draft.client_id, text, public: draft.public, ...(files.ids.length > 0 ? { uploads: files.ids } : {}), ...(chosen ? { macro: chosen.id } : {}), ...(status ? { status } : {}) }).then(() => (clear(), files.clear()), () => {});
    field.current?.focus();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(isMac ? event.metaKey : event.ctrlKey) || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };
  const apply = (macro: Macro | undefined) => {
    if (!macro) return edit({ macro: null });
    edit({ macro: macro.id, text: [draft.text.trimEnd(), macro.text].filter(Boolean).join("\n\n") });
    field.current?.focus();
  };
  if (closed) return <footer className={css.closed}>{t("tickets.closedHint")}</footer>;
  const tab = (isPublic: boolean) => (
    <button
      type="button"
      role="radio"
      aria-checked={draft.public === isPublic}
      tabIndex={draft.public === isPublic ? 0 : -1}
      data-note={!isPublic || undefined}
      onClick={() => edit({ public: isPublic })}
      onKeyDown={(event) => {
        if (!event.key.startsWith("Arrow")) return;
        event.preventDefault();
        edit({ public: !isPublic });
        kinds.current?.querySelectorAll("button")[isPublic ? 1 : 0]?.focus();
      }}
    >
      {isPublic ? null : <LockOutlined aria-hidden="true" />}
      {t(isPublic ? "tickets.public" : "tickets.note")}
    </button>
  );
  return (
    <footer className={css.reply} data-note={!draft.public || undefined}>
      <div className={css.kinds} role="radiogroup" aria-label={t("tickets.kind")} ref={kinds}>
        {tab(true)}
        {tab(false)}
        <span className={css.whom}>{draft.public ? (ticket.requester.email ? t("tickets.goesTo", { email: ticket.requester.email }) : t("tickets.goesNowhere")) : t("tickets.staysHere")}</span>
      </div>
      <textarea ref={field} value={draft.text} rows={3} maxLength={20_000} placeholder={t(draft.public ? "tickets.writePublic" : "tickets.writeNote")} aria-label={t(draft.public ? "tickets.writePublic" : "tickets.writeNote")} onChange={({ target }) => edit({ text: target.value })} onKeyDown={press} />
      {say.isError ? <p className={css.problem} role="alert">{explain(say.error)}</p> : null}
      {files.files.length > 0 ? (
        <ul className={css.uploads} aria-label={t("desk.uploads")}>
          {files.files.map((file) => (
            <li key={file.key} data-error={file.error !== null || undefined}>
              <span className="sb-cut">{file.name}</span>
              {file.error ? <em>{file.error}</em> : file.done ? null : <Progress percent={Math.round(file.part * 100)} size="small" aria-label={file.name} />}
              <Button size="small" type="text" icon={<CloseOutlined aria-hidden="true" />} aria-label={t("desk.cancelUpload", { name: file.name })} onClick={() => files.drop(file)} />
            </li>
          ))}
        </ul>
      ) : null}
      {chosen ? <MacroEffects macro={chosen} onDrop={() => edit({ macro: null })} /> : null}
      <div className={css.tools}>
        <input ref={picker} type="file" multiple hidden onChange={({ target }) => (files.add(target.files ?? []), (target.value = ""))} />
        <Button type="text" icon={<PaperClipOutlined aria-hidden="true" />} aria-label={t("desk.attach")} title={t("desk.attach")} onClick={() => picker.current?.click()} />
        <Select<number> showSearch allowClear variant="borderless" className={css.macros ?? ""} prefix={<FileTextOutlined aria-hidden="true" />} value={chosen?.id ?? null} placeholder={t("tickets.macro.use")} aria-label={t("tickets.macro.use")} optionFilterProp="label" options={known.map((one) => ({ value: one.id, label: one.name }))} onChange={(macro: number | undefined) => apply(known.find((one) => one.id === macro))} popupMatchSelectWidth={260} placement="topLeft" notFoundContent={t("tickets.macro.none")} />
        {phone ? null : <span className={css.hint}>{t("tickets.sendKeys", { key: isMac ? "⌘" : "Ctrl" })}</span>}
        <Space.Compact>
          <Button type="primary" icon={<SendOutlined aria-hidden="true" />} loading={say.isPending} disabled={!ready} onClick={() => void send()}>{t(draft.public ? "tickets.send" : "tickets.keep")}</Button>
          <Dropdown trigger={["click"]} placement="topRight" disabled={!ready || say.isPending} menu={{ items: AFTER.filter((status) => status !== ticket.status).map((status) => ({ key: status, label: <>{t("tickets.sendAs")} <StatusChip status={status} /></>, onClick: () => void send(status) })) }}>
            <Button type="primary" icon={<DownOutlined aria-hidden="true" />} aria-label={t("tickets.sendAndSet")} />
          </Dropdown>
        </Space.Compact>
      </div>
    </footer>
  );
}

/** What the macro will change besides its text, before it happens. */
function MacroEffects({ macro, onDrop }: { macro: Macro; onDrop: () => void }) {
  const { t } = useTranslation();
  const people = usePeople();
  const { status, priority, assignee, tags_add } = macro.actions;
  const effects = [
    status ? pair(t("tickets.field.status"), t(`tickets.status.${status}`)) : null,
    priority ? pair(t("tickets.field.priority"), t(`tickets.priority.${priority}`)) : null,
    assignee ? pair(t("tickets.field.assignee"), people.find(({ id }) => id === assignee)?.name ?? assignee) : null,
    ...(tags_add ?? []).map((tag) => `+ ${tag}`),
  ].filter((effect) => effect !== null);
  return (
    <p className={css.effects}>
      <strong>{macro.name}</strong>
      {effects.map((effect) => <Chip key={effect} tone="brand">{effect}</Chip>)}
      <Button size="small" type="link" onClick={onDrop}>{t("tickets.macro.drop")}</Button>
    </p>
  );
}
