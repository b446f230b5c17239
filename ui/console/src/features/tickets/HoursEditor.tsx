import { MinusCircleOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useTranslation } from "react-i18next";
import { checkSpans, type Hours, type Span } from "./hours";
import css from "./rules.module.css";
import { DAYS, type Day } from "./types";

/** Each day with its spans; a day without any is a day off. Midnight at the end of a day is 24:00. */
export function HoursEditor({ hours, onChange }: { hours: Hours; onChange: (hours: Hours) => void }) {
  const { t } = useTranslation();
  const put = (day: Day, spans: Span[]) => onChange({ ...hours, [day]: spans });
  const field = (day: Day, at: number, end: 0 | 1) => {
    const spans = hours[day];
    const value = spans[at]?.[end] ?? "";
    return (
      <Input
        type="time"
        value={value === "24:00" ? "00:00" : value}
        aria-label={t(end === 0 ? "tickets.rules.from" : "tickets.rules.until", { day: t(`tickets.day.${day}`) })}
        onChange={({ target }) => {
          const typed = end === 1 && target.value === "00:00" ? "24:00" : target.value;
          put(day, spans.map((span, index) => (index !== at ? span : end === 0 ? [typed, span[1]] : [span[0], typed])));
        }}
      />
    );
  };
  return (
    <div className={css.days}>
      {DAYS.map((day) => {
        const wrong = checkSpans(hours[day]);
        return (
          <div key={day} role="group" className={css.day} aria-label={t(`tickets.day.${day}`)}>
            <strong>{t(`tickets.day.${day}`)}</strong>
            <div className={css.spans}>
              {hours[day].length === 0 ? <span className="sb-quiet">{t("tickets.rules.dayOff")}</span> : null}
              {hours[day].map((_, at) => (
                <span key={at} className={css.span}>
                  {field(day, at, 0)}
                  <span aria-hidden="true">–</span>
                  {field(day, at, 1)}
                  <Button type="text" icon={<MinusCircleOutlined aria-hidden="true" />} aria-label={t("tickets.rules.dropSpan", { day: t(`tickets.day.${day}`) })} onClick={() => put(day, hours[day].filter((_span, index) => index !== at))} />
                </span>
              ))}
              {wrong ? <span className={css.wrong} role="alert">{t(`tickets.rules.wrong.${wrong}`)}</span> : null}
            </div>
            <Button size="small" type="text" icon={<PlusOutlined aria-hidden="true" />} aria-label={t("tickets.rules.addSpan", { day: t(`tickets.day.${day}`) })} onClick={() => put(day, [...hours[day], hours[day].length === 0 ? ["09:00", "18:00"] : [hours[day].at(-1)?.[1] ?? "18:00", "24:00"]])} />
          </div>
        );
      })}
    </div>
  );
}
