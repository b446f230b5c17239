import type { Language, MePatch } from "@switchboard/api";
import { Page, Panel } from "@switchboard/kit";
import { Button, Form, Input, Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useTry } from "@/app/ask";
import { type ThemeChoice, usePrefs } from "@/app/prefs";
import { useSession } from "@/app/session";
import { timeZones, zone } from "@/app/time";
import css from "./me.module.css";
import { PasswordPanel } from "./PasswordPanel";
import { useChangeMe, useMySessions, useRevokeMySession } from "./queries";
import { SessionList } from "./SessionList";
import { TotpPanel } from "./TotpPanel";

export default function MePage() {
  const { t } = useTranslation();
  const attempt = useTry();
  const who = useSession((session) => session.who);
  const prefs = usePrefs();
  const change = useChangeMe();
  const sessions = useMySessions();
  const revoke = useRevokeMySession();
  if (!who) return null;
  const save = (values: MePatch) => {
    if (values.language) prefs.set({ language: values.language });
    attempt(change.mutateAsync(values), t("me.saved"));
  };
  return (
    <Page title={t("account.me")} lead={who.user.email}>
      <div className={css.grid}>
        <Panel title={t("me.profile")}>
          <Form<MePatch> layout="vertical" requiredMark={false} initialValues={{ name: who.user.name, language: who.user.language ?? prefs.language, time_zone: who.user.time_zone ?? zone() }} onFinish={save}>
            <Form.Item name="name" label={t("common.name")} extra={t("me.nameHint")} rules={[{ required: true, whitespace: true, message: t("form.required") }]}><Input maxLength={80} autoComplete="name" /></Form.Item>
            <Form.Item name="language" label={t("account.language")}><Select<Language> options={(["zh", "en"] as const).map((value) => ({ value, label: t(`language.${value}`) }))} /></Form.Item>
            <Form.Item name="time_zone" label={t("me.zone")}><Select showSearch options={timeZones().map((value) => ({ value, label: value }))} /></Form.Item>
            <Button type="primary" htmlType="submit" loading={change.isPending}>{t("act.save")}</Button>
          </Form>
        </Panel>
        <Panel title={t("me.taste")} hint={t("me.tasteHint")}>
          <div className={css.taste}>
            <div><span>{t("account.theme")}</span><Segmented<ThemeChoice> aria-label={t("account.theme")} value={prefs.theme} onChange={(theme) => prefs.set({ theme })} options={(["system", "light", "dark"] as const).map((value) => ({ value, label: t(`theme.${value}`) }))} /></div>
            <div><span>{t("me.sound")}</span><Segmented<string> aria-label={t("me.sound")} value={prefs.sound ? "on" : "off"} onChange={(value) => prefs.set({ sound: value === "on" })} options={[{ value: "on", label: t("common.on") }, { value: "off", label: t("common.off") }]} /></div>
            <div><span>{t("me.notify")}</span><NotifyButton /></div>
          </div>
        </Panel>
        <PasswordPanel />
        <TotpPanel enabled={who.totp_enabled === true} />
      </div>
      <Panel title={t("me.sessions")} hint={t("me.sessionsHint")}>
        <SessionList query={sessions} onRevoke={(id) => revoke.mutateAsync(id)} />
      </Panel>
    </Page>
  );
}

function NotifyButton() {
  const { t } = useTranslation();
  if (!("Notification" in window)) return <span className="sb-quiet">{t("me.notifyNever")}</span>;
  const state = Notification.permission;
  if (state === "granted") return <span className="sb-quiet">{t("me.notifyOn")}</span>;
  if (state === "denied") return <span className="sb-quiet">{t("me.notifyBlocked")}</span>;
  return <Button size="small" onClick={() => void Notification.requestPermission()}>{t("account.notify")}</Button>;
}
