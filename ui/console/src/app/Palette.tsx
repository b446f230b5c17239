import { Avatar, Kbd } from "@switchboard/kit";
import { Input, Modal } from "antd";
import { type KeyboardEvent, type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { sections } from "@/features/settings/sections";
import { useDesk, useSetStatus } from "@/features/desk/queries";
import { openDoors } from "./doors";
import { visitorName } from "./people";
import { usePrefs } from "./prefs";
import { chooseLanguage, may, useMay, useSession } from "./session";
import css from "./shell.module.css";
import { pair } from "./words";

interface Jump {
  id: string;
  group: "chats" | "places" | "actions";
  label: string;
  hint?: string;
  icon?: ReactNode;
  run: () => void;
}

/** Type a few letters, press Enter: chats, screens and the common switches. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const jumps = useJumps();
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const navigate = useNavigate();

  const found = useMemo(() => {
    const wanted = words.trim().toLowerCase();
    return jumps.filter((jump) => `${jump.label} ${jump.hint ?? ""}`.toLowerCase().includes(wanted)).slice(0, 40);
  }, [jumps, words]);
  const searches = useMay("view_history");
  const searchHistory: Jump | null = searches && words.trim()
    ? { id: "search", group: "actions", label: t("palette.search", { words: words.trim() }), run: () => void navigate(`/history?q=${encodeURIComponent(words.trim())}`) }
    : null;
  const answersTickets = useMay("answer_tickets");
  const searchTickets: Jump | null = answersTickets && words.trim()
    ? { id: "search-tickets", group: "actions", label: t("palette.searchTickets", { words: words.trim() }), run: () => void navigate(`/tickets?view=all&q=${encodeURIComponent(words.trim())}`) }
    : null;
  const all = [...found, ...[searchHistory, searchTickets].filter((one) => one !== null)];
  const chosen = Math.min(at, all.length - 1);

  const go = (jump: Jump | undefined) => {
    if (!jump) return;
    onClose();
    jump.run();
  };
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const next = (chosen + step + all.length) % all.length;
      setAt(next);
      document.getElementById(`jump-${all[next]?.id}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) go(all[chosen]);
  };

  return (
    <Modal open onCancel={onClose} footer={null} closable={false} width={560} styles={{ header: { margin: 0 }, body: { padding: 0 } }} style={{ top: 90 }} title={<span className="sb-only-heard">{t("palette.title")}</span>}>
      <div className={css.palette}>
        <Input
          autoFocus
          size="large"
          variant="filled"
          value={words}
          placeholder={t("palette.hint")}
          aria-label={t("palette.hint")}
          role="combobox"
          aria-expanded={true}
          aria-controls="jumps"
          aria-activedescendant={all[chosen] ? `jump-${all[chosen].id}` : undefined}
          onChange={(event) => (setWords(event.target.value), setAt(0))}
          onKeyDown={press}
        />
        <div id="jumps" role="listbox" aria-label={t("palette.title")} className={css.paletteList}>
          {all.map((jump, index) => (
            <div
              key={jump.id}
              id={`jump-${jump.id}`}
              role="option"
              aria-selected={index === chosen}
              className={css.paletteItem}
              onMouseMove={() => setAt(index)}
              onClick={() => go(jump)}
            >
              {jump.icon}
              <span className={`sb-cut ${css.paletteLabel}`}>{jump.label}</span>
              <span className="sb-quiet">{jump.hint ?? t(`palette.${jump.group}`)}</span>
              {index === chosen ? <Kbd>↵</Kbd> : null}
            </div>
          ))}
        </div>
      </div>
    </Modal>
  );
}

function useJumps(): Jump[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const session = useSession();
  const desk = useDesk().data;
  const setStatus = useSetStatus().mutate;
  const prefs = usePrefs();
  const to = (path: string) => () => void navigate(path);
  const chats: Jump[] = [...(desk?.chats ?? []), ...(desk?.queue ?? [])].map((card) => ({
    id: card.id,
    group: "chats",
    label: `${visitorName(card.visitor)} · #${card.number}`,
    hint: t(`chat.status.${card.status}`),
    icon: <Avatar id={card.visitor.id} name={card.visitor.name ?? ""} size={22} />,
    run: to(`/desk/${card.id}`),
  }));
  const places: Jump[] = [
    ...openDoors(session).filter(({ name }) => name !== "settings").map(({ name, path }) => ({ id: name, group: "places" as const, label: t(`nav.${name}`), run: to(path) })),
    ...sections.filter((section) => may(session, section.need)).map((section) => ({ id: section.path, group: "places" as const, label: t(`settings.${section.name}.title`), run: to(`/settings/${section.path}`) })),
    { id: "me", group: "places", label: t("account.me"), run: to("/me") },
  ];
  const actions: Jump[] = [
    ...(may(session, "answer_chats") ? (["online", "away", "offline"] as const).map((one) => ({ id: `status-${one}`, group: "actions" as const, label: t("palette.status", { status: t(`status.${one}`) }), run: () => setStatus(one) })) : []),
    ...(["system", "light", "dark"] as const).map((one) => ({ id: `theme-${one}`, group: "actions" as const, label: pair(t("account.theme"), t(`theme.${one}`)), run: () => prefs.set({ theme: one }) })),
    ...(["zh", "en"] as const).map((one) => ({ id: `language-${one}`, group: "actions" as const, label: pair(t("account.language"), t(`language.${one}`)), run: () => chooseLanguage(one) })),
  ];
  return [...chats, ...places, ...actions];
}
