import { Button, Input } from "antd";
import { useTranslation } from "react-i18next";
import css from "./forms.module.css";
import { fromWall, toWall } from "./time";

export interface Range {
  from: string;
  to: string;
}

const HOUR = 3_600_000;
const PRESETS = [["hour", HOUR], ["day", 24 * HOUR], ["week", 7 * 24 * HOUR]] as const;

interface TimeRangeProps {
  value: Range;
  onChange: (range: Range) => void;
  presets?: boolean;
}

/** From and to, typed as the user's clocks show them, kept as moments. Either may be empty. */
export function TimeRange({ value, onChange, presets = true }: TimeRangeProps) {
  const { t } = useTranslation();
  const field = (name: "from" | "to") => (
    <label className={css.moment}>
      <span>{t(`range.${name}`)}</span>
      <Input type="datetime-local" value={value[name] ? toWall(value[name]) : ""} onChange={({ target }) => onChange({ ...value, [name]: target.value ? fromWall(target.value).toISOString() : "" })} />
    </label>
  );
  return (
    <div className={css.range} role="group" aria-label={t("range.label")}>
      {field("from")}
      {field("to")}
      {presets ? PRESETS.map(([name, length]) => <Button key={name} size="small" type="text" onClick={() => onChange({ from: new Date(Date.now() - length).toISOString(), to: "" })}>{t(`range.${name}`)}</Button>) : null}
    </div>
  );
}
