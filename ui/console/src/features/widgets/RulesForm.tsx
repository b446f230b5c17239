import type { WidgetConfig } from "@switchboard/api";
import { InputNumber, Select, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { Row } from "./Row";
import type { Edit } from "./WidgetEditor";
import css from "./widgets.module.css";

const TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain", "application/zip", "video/mp4", "audio/mpeg"];
const MEBI = 1024 * 1024;

/** An origin as browsers send it: scheme and host, no path. */
export function originOf(text: string): string | null {
  try {
    const { origin, protocol } = new URL(/^https?:\/\//i.test(text) ? text : `https://${text}`);
    return protocol === "https:" || protocol === "http:" ? origin : null;
  } catch {
    return null;
  }
}

export function RulesForm({ config, edit }: { config: WidgetConfig; edit: Edit }) {
  const { t } = useTranslation();
  const { files, rating } = config;
  const setFiles = (change: Partial<WidgetConfig["files"]>) => edit((now) => ({ ...now, files: { ...now.files, ...change } }));
  return (
    <div className={css.rows}>
      <Row label={t("widgets.rules.origins")} hint={t("widgets.rules.originsHint")}>
        <Select mode="tags" open={false} suffixIcon={null} style={{ width: "100%" }} tokenSeparators={[" ", ",", "\n"]} value={config.allowed_origins} placeholder="https://shop.example" aria-label={t("widgets.rules.origins")} onChange={(list: string[]) => edit((now) => ({ ...now, allowed_origins: [...new Set(list.map(originOf).filter((one): one is string => one !== null))] }))} />
      </Row>
      <Row label={t("widgets.rules.rating")}>
        <Switch checked={rating.enabled} aria-label={t("widgets.rules.rating")} onChange={(enabled) => edit((now) => ({ ...now, rating: { enabled } }))} />
      </Row>
      <Row label={t("widgets.rules.files")}>
        <Switch checked={files.enabled} aria-label={t("widgets.rules.files")} onChange={(enabled) => setFiles({ enabled })} />
      </Row>
      {files.enabled ? (
        <>
          <Row label={t("widgets.rules.largest")}>
            <InputNumber min={1} max={1024} value={Math.max(1, Math.round(files.max_bytes / MEBI))} suffix="MB" aria-label={t("widgets.rules.largest")} onChange={(size) => setFiles({ max_bytes: (size ?? 10) * MEBI })} />
          </Row>
          <Row label={t("widgets.rules.types")}>
            <Select mode="multiple" style={{ width: "100%" }} value={files.types} aria-label={t("widgets.rules.types")} onChange={(types: string[]) => setFiles({ types })} options={[...new Set([...TYPES, ...files.types])].map((value) => ({ value, label: value }))} />
          </Row>
        </>
      ) : null}
      <Row label={t("widgets.rules.idle")} hint={t("widgets.rules.idleHint")}>
        <InputNumber min={1} max={1440} value={config.idle_end_minutes} suffix={t("widgets.rules.minutes")} aria-label={t("widgets.rules.idle")} style={{ width: 140 }} onChange={(idle) => edit((now) => ({ ...now, idle_end_minutes: idle ?? 30 }))} />
      </Row>
      <Row label={t("widgets.rules.hide")} hint={t("widgets.rules.hideHint")}>
        <Switch checked={config.hide_when_offline} aria-label={t("widgets.rules.hide")} onChange={(hide_when_offline) => edit((now) => ({ ...now, hide_when_offline }))} />
      </Row>
    </div>
  );
}
