import { Kbd } from "@switchboard/kit";
import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import { useDoors } from "./doors";
import { isMac } from "./hotkeys";
import { useMay } from "./session";
import css from "./shell.module.css";

const ALT = isMac ? "⌥" : "Alt";
const MOD = isMac ? "⌘" : "Ctrl";

/** Besides these, the doors that are open. */
const groups = [
  { name: "everywhere", rows: [["palette", [MOD, "K"]], ["help", ["?"]]] },
  { name: "desk", rows: [["next", [ALT, "J"]], ["previous", [ALT, "K"]], ["pick", ["1", "–", "9"]], ["accept", [ALT, "A"]], ["end", [ALT, "E"]], ["transfer", [ALT, "T"]], ["panel", [ALT, "O"]], ["write", [ALT, "L"]], ["send", ["Enter"]], ["newline", ["Shift", "Enter"]]] },
  { name: "tickets", need: "answer_tickets", rows: [["nextTicket", ["J"]], ["previousTicket", ["K"]], ["openTicket", ["Enter"]], ["newTicket", ["N"]], ["backToTickets", ["U"]], ["replyTicket", ["R"]], ["sendTicket", [MOD, "Enter"]]] },
] as const;

export default function Shortcuts({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const doors = useDoors();
  const tickets = useMay("answer_tickets");
  return (
    <Modal open onCancel={onClose} footer={null} title={t("shortcuts.title")} width={640}>
      <div className={css.shortcuts}>
        {groups.filter((group) => !("need" in group) || tickets).map((group) => (
          <section key={group.name}>
            <h2>{t(`shortcuts.${group.name}`)}</h2>
            <ul>
              {group.name === "everywhere" ? doors.map(({ name, code }) => <Row key={name} does={t(`shortcuts.do.${name}`)} keys={[ALT, code.slice(3)]} />) : null}
              {group.rows.map(([name, keys]) => (
                <Row key={name} does={t(`shortcuts.do.${name}`)} keys={keys} />
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Modal>
  );
}

function Row({ does, keys }: { does: string; keys: readonly string[] }) {
  return (
    <li>
      <span>{does}</span>
      <span>{keys.map((key) => <Kbd key={key}>{key}</Kbd>)}</span>
    </li>
  );
}
