import { BookOutlined } from "@ant-design/icons";
import { Page } from "@switchboard/kit";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { may, useSession } from "@/app/session";
import { sectionIcons } from "./icons";
import { sections } from "./sections";
import css from "./settings.module.css";

export default function SettingsHome() {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <Page title={t("nav.settings")} lead={t("settings.lead", { site: session.site?.name ?? "" })}>
      <ul className={css.cards}>
        {sections.filter((section) => may(session, section.need)).map((section) => (
          <li key={section.path}>
            <Link to={section.path}>
              <span className={css.icon} aria-hidden="true">{sectionIcons[section.name]}</span>
              <span><strong>{t(`settings.${section.name}.title`)}</strong><small>{t(`settings.${section.name}.lead`)}</small></span>
            </Link>
          </li>
        ))}
        <li>
          <a href="/docs/api" target="_blank" rel="noreferrer">
            <span className={css.icon} aria-hidden="true"><BookOutlined aria-hidden="true" /></span>
            <span><strong>{t("settings.reference")}</strong><small>{t("settings.referenceLead")}</small></span>
          </a>
        </li>
      </ul>
    </Page>
  );
}
