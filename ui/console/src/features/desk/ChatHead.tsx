import { ArrowLeftOutlined, CloseCircleOutlined, IdcardOutlined, SwapOutlined } from "@ant-design/icons";
import type { ChatView } from "@switchboard/api";
import { Avatar, Chip } from "@switchboard/kit";
import { Button, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { visitorName } from "@/app/people";
import { timer, useNow } from "@/app/time";
import { usePhone } from "@/app/prefs";
import css from "./thread.module.css";

interface ChatHeadProps {
  card: ChatView;
  onEnd: () => void;
  onTransfer: () => void;
  panelOpen: boolean;
  onPanel: () => void;
  onBack?: () => void;
}

export function ChatHead({ card, onEnd, onTransfer, panelOpen, onPanel, onBack }: ChatHeadProps) {
  const { t } = useTranslation();
  const phone = usePhone();
  const name = visitorName(card.visitor);
  const open = card.status === "chatting";
  const words = (text: string) => (phone ? null : text);
  return (
    <header className={css.head}>
      {onBack ? <Button type="text" icon={<ArrowLeftOutlined aria-hidden="true" />} aria-label={t("act.back")} onClick={onBack} /> : null}
      <Avatar id={card.visitor.id} name={name} size={34} dot={card.visitor.online ? "online" : "offline"} />
      <div className={css.who}>
        <h2 className="sb-cut">{name}</h2>
        <p className="sb-cut sb-quiet">
          {[`#${card.number}`, card.department?.name, card.visitor.page?.title].filter(Boolean).join(" · ")}
        </p>
      </div>
      {phone ? null : open && card.started_at ? <Running since={card.started_at} /> : <Chip tone={card.status === "waiting" ? "warn" : "quiet"}>{t(`chat.status.${card.status}`)}</Chip>}
      {open ? (
        <>
          <Button icon={<SwapOutlined aria-hidden="true" />} onClick={onTransfer} aria-label={t("desk.transfer.do")}>{words(t("desk.transfer.do"))}</Button>
          <Button icon={<CloseCircleOutlined aria-hidden="true" />} onClick={onEnd} aria-label={t("desk.end.do")}>{words(t("desk.end.do"))}</Button>
        </>
      ) : null}
      <Tooltip title={t("desk.panel")}>
        <Button type={panelOpen ? "default" : "text"} icon={<IdcardOutlined aria-hidden="true" />} aria-label={t("desk.panel")} aria-pressed={panelOpen} onClick={onPanel} />
      </Tooltip>
    </header>
  );
}

function Running({ since }: { since: string }) {
  const { t } = useTranslation();
  const now = useNow();
  return <time className={`sb-num sb-quiet ${css.running}`} title={t("desk.running")}>{timer((now - Date.parse(since)) / 1000)}</time>;
}
