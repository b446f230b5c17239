import { CommentOutlined, CustomerServiceOutlined, HistoryOutlined, QuestionCircleOutlined, SearchOutlined, SettingOutlined, TeamOutlined } from "@ant-design/icons";
import { Tooltip } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { NavLink } from "react-router";
import { useDesk } from "@/features/desk/queries";
import { AccountMenu } from "./AccountMenu";
import { type Door as DoorName, useDoors } from "./doors";
import { usePhone } from "./prefs";
import css from "./shell.module.css";

const ICONS: Record<DoorName["name"], ReactNode> = {
  desk: <CommentOutlined aria-hidden="true" />,
  visitors: <TeamOutlined aria-hidden="true" />,
  history: <HistoryOutlined aria-hidden="true" />,
  tickets: <CustomerServiceOutlined aria-hidden="true" />,
  settings: <SettingOutlined aria-hidden="true" />,
};

interface RailProps {
  onSearch: () => void;
  onShortcuts: () => void;
}

export function Rail({ onSearch, onShortcuts }: RailProps) {
  const { t } = useTranslation();
  const phone = usePhone();
  const doors = useDoors();
  return (
    <nav className={css.rail} aria-label={t("nav.main")}>
      <img className={css.logo} src="/assets/switchboard.svg" alt="" width={32} height={32} />
      {doors.map(({ name, path }) => (name === "desk" ? <DeskDoor key={name} /> : <Door key={name} to={path} label={t(`nav.${name}`)} icon={ICONS[name]} />))}
      <span className={css.gap} />
      {phone ? null : <RailButton label={t("nav.search")} icon={<SearchOutlined aria-hidden="true" />} onClick={onSearch} />}
      {phone ? null : <RailButton label={t("nav.shortcuts")} icon={<QuestionCircleOutlined aria-hidden="true" />} onClick={onShortcuts} />}
      <AccountMenu />
    </nav>
  );
}

function DeskDoor() {
  const { t } = useTranslation();
  const { data } = useDesk();
  const unread = data?.chats.reduce((sum, card) => sum + card.unread, 0) ?? 0;
  const count = unread + (data?.queue.length ?? 0);
  return <Door to="/desk" label={t("nav.desk")} icon={ICONS.desk} count={count} />;
}

function Door({ to, label, icon, count = 0 }: { to: string; label: string; icon: ReactNode; count?: number }) {
  return (
    <Tooltip title={label} placement="right" mouseEnterDelay={0.4}>
      <NavLink to={to} className={css.door}>
        <span aria-hidden="true">{icon}</span>
        <small>{label}</small>
        {count > 0 ? <b className={css.count}>{count > 99 ? "99+" : count}</b> : null}
      </NavLink>
    </Tooltip>
  );
}

function RailButton({ label, icon, onClick }: { label: string; icon: ReactNode; onClick: () => void }) {
  return (
    <Tooltip title={label} placement="right" mouseEnterDelay={0.4}>
      <button type="button" className={css.door} aria-label={label} onClick={onClick}>
        <span aria-hidden="true">{icon}</span>
      </button>
    </Tooltip>
  );
}
