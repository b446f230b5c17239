import { LockOutlined, WarningOutlined } from "@ant-design/icons";
import { Avatar } from "@switchboard/kit";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { clock, moment } from "@/app/time";
import { pair, words } from "@/app/words";
import { Attachment } from "@/features/desk/Attachment";
import { Linked } from "@/features/desk/Linked";
import { usePeople } from "./queries";
import css from "./ticket.module.css";
import type { Named, TicketEntry } from "./types";

/** Something said or changed. What the requester sees and what stays among us never look alike, and each says which it is. */
export function EntryLine({ entry }: { entry: TicketEntry }) {
  const { t } = useTranslation();
  const people = usePeople();
  const name = authorName(t, entry);
  if (entry.kind === "change" || entry.kind === "system") {
    return (
      <li className={css.change}>
        <span>{[entry.kind === "change" ? name : null, ...(entry.changes ?? []).map((change) => changeText(t, change, people)), entry.text].filter(Boolean).join(" · ")}</span>
        <time className="sb-num" title={moment(entry.at)}>{clock(entry.at)}</time>
      </li>
    );
  }
  const note = entry.kind === "note";
  const ours = ["agent", "api", "system"].includes(entry.from.kind);
  const letter = entry.email;
  return (
    <li className={css.entry} data-note={note || undefined} data-ours={ours || undefined} id={`entry-${entry.seq}`}>
      <Avatar id={entry.from.id ?? entry.from.email ?? name} name={name} size={30} />
      <article>
        <header>
          <strong>{name}</strong>
          <span className={css.kind}>{note ? <LockOutlined aria-hidden="true" /> : null}{t(note ? "tickets.note" : ours ? "tickets.public" : "tickets.fromRequester")}</span>
          <time className="sb-num" title={moment(entry.at)}>{clock(entry.at)}</time>
        </header>
        {entry.text ? <p dir="auto"><Linked text={entry.text} /></p> : null}
        {entry.uploads?.length ? <ul className={css.files}>{entry.uploads.map((upload) => <li key={upload.id}><Attachment upload={upload} /></li>)}</ul> : null}
        {letter && letter.state !== "sent" ? <p className={css.letter} data-state={letter.state}>{letter.state === "pending" ? null : <WarningOutlined aria-hidden="true" />}{letter.trouble ? pair(t(`tickets.letter.${letter.state}`), letter.trouble) : t(`tickets.letter.${letter.state}`)}</p> : null}
      </article>
    </li>
  );
}

function authorName(t: TFunction, { from: author }: TicketEntry): string {
  if (author.kind === "system") return t("tickets.author.system");
  if (author.kind === "api") return author.name || t("tickets.author.api");
  return author.name || author.email || t(author.kind === "agent" ? "desk.agent" : "desk.visitor");
}

/** `Status: open → solved`, with people and words by their names. */
function changeText(t: TFunction, { field, from, to }: { field: string; from: unknown; to: unknown }, people: Named[]): string {
  if (field === "sla_breached") return t("tickets.breached", { clock: words(`tickets.clock.${to}`, String(to)) });
  const say = (value: unknown): string => {
    if (value === null || value === undefined || value === "") return "–";
    if (Array.isArray(value)) return value.join(", ") || "–";
    if (typeof value === "object") return Object.values(value).filter(Boolean).join(" ");
    if (field === "assignee") return people.find(({ id }) => id === Number(value))?.name ?? String(value);
    return words(`tickets.${field}.${value}`, String(value));
  };
  return t("tickets.changed", { field: words(`tickets.field.${field}`, field), from: say(from), to: say(to) });
}
