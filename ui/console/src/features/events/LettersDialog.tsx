import { App, InputNumber, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { explain } from "@/app/errors";
import forms from "@/app/forms.module.css";
import { moment } from "@/app/time";
import { useLetterCount, useLetters, type Verb } from "./queries";
import type { LetterFilter } from "./types";

interface LettersDialogProps {
  verb: Verb;
  filter: LetterFilter;
  onClose: () => void;
}

/** Says how many it is for before anything happens; only then can it be done. */
export function LettersDialog({ verb, filter, onClose }: LettersDialogProps) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const counted = useLetterCount(verb, filter);
  const act = useLetters(verb);
  const [rate, setRate] = useState<number | null>(50);
  const [problem, setProblem] = useState<string | null>(null);
  const count = counted.data?.count;
  const which = [
    filter.queue ? t("events.many.ofQueue", { queue: filter.queue }) : null,
    filter.type ? t("events.many.ofType", { type: filter.type }) : null,
    filter.from ? t("events.many.since", { at: moment(filter.from) }) : null,
    filter.to ? t("events.many.until", { at: moment(filter.to) }) : null,
  ].filter(Boolean);
  const run = async () => {
    setProblem(null);
    try {
      const done = await act.mutateAsync({ filter, rate });
      void message.success(t(`events.many.${verb}Done`, { count: done.count }));
      onClose();
    } catch (error) {
      setProblem(explain(error));
    }
  };
  return (
    <Modal
      open
      title={t(`events.many.${verb}Title`)}
      okText={count === undefined ? t(`events.${verb}`) : t(`events.many.${verb}Do`, { count })}
      okButtonProps={{ disabled: !count, loading: act.isPending, danger: verb === "drop" }}
      cancelText={t("act.cancel")}
      onOk={() => void run()}
      onCancel={onClose}
    >
      <div className={forms.stack}>
        {problem ? <p className={forms.problem} role="alert">{problem}</p> : null}
        <p>{which.length > 0 ? which.join(" · ") : t("events.many.every")}</p>
        <p role="status"><strong>{counted.isLoading ? t("events.counting") : counted.isError ? explain(counted.error) : t("events.many.count", { count: count ?? 0 })}</strong></p>
        <p className="sb-quiet">{t(`events.many.${verb}Hint`)}</p>
        {verb === "replay" ? (
          <label className={forms.row}>
            <span>{t("events.rate")}</span>
            <InputNumber min={1} max={1_000} value={rate} onChange={setRate} placeholder={t("events.rateNone")} />
            <span className="sb-quiet">{t("events.perSecond")}</span>
          </label>
        ) : null}
      </div>
    </Modal>
  );
}
