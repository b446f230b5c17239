import { ArrowLeftOutlined, BookOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { Link, Outlet, useLocation } from "react-router";
import { Denied } from "@/app/guards";
import { usePhone } from "@/app/prefs";
import { may, useSession } from "@/app/session";
import { sectionIcons } from "./icons";
import { type Section, sectionOf, sections } from "./sections";
import css from "./settings.module.css";

const GROUPS: Section["group"][] = ["chat", "tickets", "people", "connect", "events", "house"];

export default function SettingsLayout() {
  const { t } = useTranslation();
  const phone = usePhone();
  const session = useSession();
  const { pathname } = useLocation();
  const allowed = sections.filter((section) => may(session, section.need));
  const section = sectionOf(pathname);
  if (section && !may(session, section.need)) {
    return <Denied need={section.need} />;
  }
  return (
    <div className={css.settings}>
      {phone ? section ? <Link to="/settings" className={css.back}><ArrowLeftOutlined aria-hidden="true" /> {t("nav.settings")}</Link> : null : (
        <nav className={css.nav} aria-label={t("nav.settings")}>
          <p className={css.title}>{t("nav.settings")}</p>
          {GROUPS.map((group) => {
            const inside = allowed.filter((one) => one.group === group);
            return inside.length === 0 ? null : (
              <div key={group}>
                <p className={css.group}>{t(`settings.group.${group}`)}</p>
                {inside.map((one) => (
                  <Link key={one.path} to={`/settings/${one.path}`} className={css.item} aria-current={one === section ? "page" : undefined}>
                    <span aria-hidden="true">{sectionIcons[one.name]}</span>
                    {t(`settings.${one.name}.title`)}
                  </Link>
                ))}
              </div>
            );
          })}
          <div>
            <p className={css.group}>{t("settings.group.help")}</p>
            <a className={css.item} href="/docs/api" target="_blank" rel="noreferrer"><span aria-hidden="true"><BookOutlined aria-hidden="true" /></span>{t("settings.reference")}</a>
          </div>
        </nav>
      )}
      <div className={css.content}><Outlet /></div>
    </div>
  );
}
