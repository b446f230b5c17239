import type { Language, WidgetConfig } from "@switchboard/api";
import { Input, Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Row } from "./Row";
import type { Edit } from "./WidgetEditor";
import css from "./widgets.module.css";

/** The widget's texts, in the order a visitor meets them. */
export const TEXT_KEYS = [
  "button", "title", "greeting", "online", "offline", "start", "name", "email", "phone", "company", "department", "product_service", "message",
  "placeholder", "send", "attach", "waiting", "position", "wait_estimate", "typing", "delivered", "read", "close", "end_confirm",
  "ended", "rate", "rate_thanks", "new_chat", "offline_title", "offline_sent", "required", "invalid_email", "too_large", "bad_type",
  "connection_lost", "reconnecting",
] as const;

interface TextsFormProps {
  config: WidgetConfig;
  edit: Edit;
  language: Language;
  onLanguage: (language: Language) => void;
}

export function TextsForm({ config, edit, language, onLanguage }: TextsFormProps) {
  const { t } = useTranslation();
  const texts = config.texts[language] ?? {};
  const extra = Object.keys(texts).filter((key) => !TEXT_KEYS.some((known) => known === key));
  const set = (key: string, text: string) =>
    edit((now) => {
      const next = { ...now.texts[language] };
      if (text) next[key] = text;
      else delete next[key];
      return { ...now, texts: { ...now.texts, [language]: next } };
    });
  return (
    <div className={css.rows}>
      <Row label={t("widgets.texts.language")} hint={t("widgets.texts.languageHint")}>
        <Select value={config.language} aria-label={t("widgets.texts.language")} style={{ width: 180 }} onChange={(next) => edit((now) => ({ ...now, language: next }))} options={[{ value: "auto" as const, label: t("widgets.texts.auto") }, { value: "zh" as const, label: t("language.zh") }, { value: "en" as const, label: t("language.en") }]} />
      </Row>
      <Row label={t("widgets.texts.edit")} hint={t("widgets.texts.editHint")}>
        <Segmented<Language> aria-label={t("widgets.texts.edit")} value={language} onChange={onLanguage} options={[{ value: "zh", label: t("language.zh") }, { value: "en", label: t("language.en") }]} />
      </Row>
      <div className={css.texts}>
        {[...TEXT_KEYS, ...extra].map((key) => (
          <label key={`${language}.${key}`} className={css.field}>
            <span>{t(`widgets.text.${key}` as "widgets.text.title", { defaultValue: key })}</span>
            {key === "greeting" ? <Input.TextArea rows={1} className={css.grows ?? ""} value={texts[key] ?? ""} placeholder={t("widgets.texts.default")} onChange={(event) => set(key, event.target.value)} /> : <Input value={texts[key] ?? ""} placeholder={t("widgets.texts.default")} onChange={(event) => set(key, event.target.value)} />}
          </label>
        ))}
      </div>
    </div>
  );
}
