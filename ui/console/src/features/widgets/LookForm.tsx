import type { WidgetConfig } from "@switchboard/api";
import { ColorPicker, InputNumber, Segmented, Slider, Switch } from "antd";
import { useTranslation } from "react-i18next";
import { Row } from "./Row";
import type { Edit } from "./WidgetEditor";
import css from "./widgets.module.css";

const SWATCHES = ["#1456f0", "#0f766e", "#15803d", "#b45309", "#be123c", "#7c3aed", "#0f172a"];

type Look = WidgetConfig["look"];

export function LookForm({ config, edit }: { config: WidgetConfig; edit: Edit }) {
  const { t } = useTranslation();
  const { look } = config;
  const set = (change: Partial<Look>) => edit((now) => ({ ...now, look: { ...now.look, ...change } }));
  return (
    <div className={css.rows}>
      <Row label={t("widgets.look.theme_color")}>
        <div className={css.colours}>
          {SWATCHES.map((colour) => (
            <button key={colour} type="button" className={css.colour} style={{ background: colour }} aria-label={colour} aria-pressed={look.theme_color.toLowerCase() === colour} onClick={() => set({ theme_color: colour })} />
          ))}
          <ColorPicker disabledAlpha showText value={look.theme_color} onChangeComplete={(colour) => set({ theme_color: colour.toHexString() })} />
        </div>
      </Row>
      <Row label={t("widgets.look.position")}>
        <Segmented<Look["position"]> aria-label={t("widgets.look.position")} value={look.position} onChange={(position) => set({ position })} options={[{ value: "left", label: t("widgets.look.left") }, { value: "right", label: t("widgets.look.right") }]} />
      </Row>
      <Row label={t("widgets.look.dark")}>
        <Segmented<Look["dark"]> aria-label={t("widgets.look.dark")} value={look.dark} onChange={(dark) => set({ dark })} options={(["auto", "light", "dark"] as const).map((value) => ({ value, label: t(`widgets.look.mode.${value}`) }))} />
      </Row>
      <Row label={t("widgets.look.button_label")} hint={t("widgets.look.button_labelHint")}>
        <Switch checked={look.button_label} aria-label={t("widgets.look.button_label")} onChange={(button_label) => set({ button_label })} />
      </Row>
      <Row label={t("widgets.look.radius")}>
        <Slider min={0} max={28} value={look.radius} ariaLabelForHandle={t("widgets.look.radius")} onChange={(radius) => set({ radius })} />
      </Row>
      <Row label={t("widgets.look.offset")} hint={t("widgets.look.offsetHint")}>
        <div className={css.pair}>
          <InputNumber min={0} max={400} value={look.offset_x} prefix="X" aria-label={t("widgets.look.offset_x")} onChange={(value) => set({ offset_x: value ?? 0 })} />
          <InputNumber min={0} max={400} value={look.offset_y} prefix="Y" aria-label={t("widgets.look.offset_y")} onChange={(value) => set({ offset_y: value ?? 0 })} />
        </div>
      </Row>
      <Row label={t("widgets.look.z_index")} hint={t("widgets.look.z_indexHint")}>
        <InputNumber min={0} max={2147483647} value={look.z_index} aria-label={t("widgets.look.z_index")} onChange={(value) => set({ z_index: value ?? 0 })} style={{ width: 160 }} />
      </Row>
    </div>
  );
}
