import type { AgentStatus } from "@switchboard/api";
import { api } from "@switchboard/api";
import { Avatar, StatusDot } from "@switchboard/kit";
import { App, Dropdown, type MenuProps } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { canAskToNotify } from "@/features/desk/notify";
import { useDesk, useSetStatus } from "@/features/desk/queries";
import { explain } from "./errors";
import { type ThemeChoice, usePhone, usePrefs } from "./prefs";
import { chooseLanguage, chooseSite, leave, useMay, useSession } from "./session";
import css from "./shell.module.css";

const STATUSES: AgentStatus[] = ["online", "away", "offline"];
const THEMES: ThemeChoice[] = ["system", "light", "dark"];

/** My face at the foot of the rail: status and load, site, taste, and the way out. */
export function AccountMenu() {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const phone = usePhone();
  const { who, site } = useSession();
  const prefs = usePrefs();
  const answers = useMay("answer_chats");
  const me = useDesk().data?.me;
  const setStatus = useSetStatus();
  if (!who) return null;
  const status = answers ? (me?.status ?? "offline") : null;

  const load = `${me?.load ?? 0}/${me?.chat_limit ?? 0}`;

  const signOut = async () => {
    try {
      await api.delete("/v1/session");
      leave();
    } catch (error) {
      void message.error(explain(error));
    }
  };

  const group = (key: string, label: string, children: MenuProps["items"]) => ({ key, type: "group" as const, label, children: children ?? [] });
  const items: MenuProps["items"] = [
    ...(status
      ? [group("status", t("account.status", { load: me?.load ?? 0, limit: me?.chat_limit ?? 0 }), STATUSES.map((one) => ({
          key: `status:${one}`,
          icon: <StatusDot status={one} />,
          label: t(`status.${one}`),
          onClick: () => setStatus.mutate(one),
        })))]
      : []),
    ...(who.sites.length > 1
      ? [{ key: "site", label: t("account.site", { name: site?.name ?? "" }), children: who.sites.map((one) => ({ key: `site:${one.id}`, label: one.name, onClick: () => chooseSite(one.id) })) }]
      : []),
    { key: "theme", label: t("account.theme"), children: THEMES.map((one) => ({ key: `theme:${one}`, label: t(`theme.${one}`), onClick: () => prefs.set({ theme: one }) })) },
    { key: "language", label: t("account.language"), children: (["zh", "en"] as const).map((one) => ({ key: `language:${one}`, label: t(`language.${one}`), onClick: () => chooseLanguage(one) })) },
    { key: "sound", label: t(prefs.sound ? "account.soundOff" : "account.soundOn"), onClick: () => prefs.set({ sound: !prefs.sound }) },
    ...(answers && canAskToNotify() ? [{ key: "notify", label: t("account.notify"), onClick: () => void Notification.requestPermission() }] : []),
    { type: "divider" },
    { key: "me", label: t("account.me"), onClick: () => void navigate("/me") },
    { key: "out", label: t("account.signOut"), onClick: () => void signOut() },
  ];
  const selectedKeys = [`status:${status}`, `theme:${prefs.theme}`, `language:${prefs.language}`, `site:${site?.id}`];
  return (
    <Dropdown menu={{ items, selectedKeys, className: css.menu ?? "" }} trigger={["click"]} popupRender={(menu) => <nav aria-label={t("account.me")}>{menu}</nav>} placement={phone ? "topRight" : "topLeft"}>
      <button type="button" className={css.account}>
        <span className="sb-only-heard">{t("account.open", { name: who.user.name, status: status ? t(`status.${status}`) : "" })}</span>
        <Avatar id={who.user.id} name={who.user.name} size={34} dot={status} />
        {status ? <small className="sb-num">{load}</small> : null}
      </button>
    </Dropdown>
  );
}
