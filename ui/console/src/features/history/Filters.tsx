import { SearchOutlined } from "@ant-design/icons";
import { DatePicker, Input, Select } from "antd";
import dayjs from "dayjs";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDepartments } from "@/features/desk/queries";
import css from "./history.module.css";
import { type Filter, useAgents } from "./queries";

export function Filters({ filter, onChange }: { filter: Filter; onChange: (change: Partial<Filter>) => void }) {
  const { t } = useTranslation();
  const agents = useAgents();
  const departments = useDepartments().data?.items ?? [];
  const [words, setWords] = useState(filter.q);

  // Words are searched when the typing rests.
  useEffect(() => setWords(filter.q), [filter.q]);
  useEffect(() => {
    if (words === filter.q) return;
    const timer = setTimeout(() => onChange({ q: words }), 350);
    return () => clearTimeout(timer);
  });

  const date = (text: string) => (text ? dayjs(text) : null);
  const select = (name: "status" | "agent" | "department", options: { value: string; label: string }[]) => (
    <Select allowClear value={filter[name] || null} placeholder={t(`history.${name}`)} aria-label={t(`history.${name}`)} options={options} onChange={(value: string | undefined) => onChange({ [name]: value ?? "" })} />
  );
  return (
    <form className={css.filters} role="search" onSubmit={(event) => (event.preventDefault(), onChange({ q: words }))}>
      <Input allowClear maxLength={200} prefix={<SearchOutlined aria-hidden="true" />} value={words} placeholder={t("history.search")} aria-label={t("history.search")} onChange={(event) => setWords(event.target.value)} />
      <div className={css.pair}>
        {select("agent", agents.map((one) => ({ value: String(one.id), label: one.name })))}
        {select("department", departments.map((one) => ({ value: String(one.id), label: one.name })))}
      </div>
      <div className={css.pair}>
        {select("status", (["ended", "chatting", "waiting", "offline"] as const).map((one) => ({ value: one, label: t(`chat.status.${one}`) })))}
        <DatePicker.RangePicker
          allowEmpty={[true, true]}
          value={[date(filter.from), date(filter.to)]}
          placeholder={[t("history.from"), t("history.to")]}
          aria-label={t("history.range")}
          onChange={(range) => onChange({ from: range?.[0]?.format("YYYY-MM-DD") ?? "", to: range?.[1]?.format("YYYY-MM-DD") ?? "" })}
        />
      </div>
    </form>
  );
}
