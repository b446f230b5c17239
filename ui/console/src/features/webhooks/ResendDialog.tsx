import { App, Modal, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { explain } from "@/app/errors";
import forms from "@/app/forms.module.css";
import { TimeRange } from "@/app/TimeRange";
import { useResendCount, useResendMany } from "./queries";
import type { ResendFilter } from "./types";

type Which = NonNullable<ResendFilter["status"]> | "all";

/** Many deliveries sent again; how many is said before. */
export function ResendDialog({ webhook, onClose }: { webhook: number; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [status, setStatus] = useState<Which>("failed");
  const [range, setRange] = useState(() => ({ from: new Date(Date.now() - 86_400_000).toISOString(), to: "" }));
  const [problem, setProblem] = useState<string | null>(null);
  const filter: ResendFilter = { ...(status === "all" ? {} : { status }), ...(range.from ? { from: range.from } : {}), ...(range.to ? { to: range.to } : {}) };
  const counted = useResendCount(webhook, filter);
  const resend = useResendMany(webhook);
  const count = counted.data?.count;
  const run = () =>
    resend.mutateAsync(filter).then(
      (done) => (void message.success(t("hooks.resendDone", { count: done.count })), onClose()),
      (error: unknown) => setProblem(explain(error)),
    );
  return (
    <Modal open title={t("hooks.resendTitle")} okText={t("hooks.resendDo", { count: count ?? 0 })} okButtonProps={{ disabled: !count, loading: resend.isPending }} cancelText={t("act.cancel")} onOk={() => void run()} onCancel={onClose} width={600}>
      <div className={forms.stack}>
        {problem ? <p className={forms.problem} role="alert">{problem}</p> : null}
        <div className={forms.row}><span>{t("hooks.resendWhich")}</span><Segmented<Which> aria-label={t("webhooks.state")} value={status} onChange={setStatus} options={[...(["failed", "held", "delivered"] as const).map((value) => ({ value: value as Which, label: t(`webhooks.status.${value}`) })), { value: "all", label: t("webhooks.all") }]} /></div>
        <TimeRange value={range} onChange={setRange} />
        <p role="status"><strong>{counted.isFetching ? t("events.counting") : counted.isError ? explain(counted.error) : t("hooks.count", { count: count ?? 0 })}</strong></p>
        <p className="sb-quiet">{t("hooks.resendHint")}</p>
      </div>
    </Modal>
  );
}
