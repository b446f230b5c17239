import { Kbd } from "@switchboard/kit";
import { Modal } from "antd";
import { useTranslation } from "react-i18next";
import { isMac } from "./hotkeys";
import css from "./shell.module.css";

const ALT = isMac ? "⌥" : "Alt";
const MOD = isMac ? "⌘" : "Ctrl";

const groups = [
  { name: "everywhere", rows: [["palette", [MOD, "K"]], ["help", ["?"]], ["desk", [ALT, "C"]], ["visitors", [ALT, "V"]], ["history", [ALT, "H"]], ["settings", [ALT, "S"]]] },
  { name: "desk", rows: [["next", [ALT, "J"]], ["previous", [ALT, "K"]], ["pick", ["1", "–", "9"]], ["accept", [ALT, "A"]], ["end", [ALT, "E"]], ["transfer", [ALT, "T"]], ["panel", [ALT, "O"]], ["write", [ALT, "L"]], ["send", ["Enter"]], ["newline", ["Shift", "Enter"]]] },
] as const;

export default function Shortcuts({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open onCancel={onClose} footer={null} title={t("shortcuts.title")} width={640}>
      <div className={css.shortcuts}>
        {groups.map((group) => (
          <section key={group.name}>
            <h2>{t(`shortcuts.${group.name}`)}</h2>
            <ul>
              {group.rows.map(([name, keys]) => (
                <li key={name}>
                  <span>{t(`shortcuts.do.${name}`)}</span>
                  <span>{keys.map((key) => <Kbd key={key}>{key}</Kbd>)}</span>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Modal>
  );
}
