import type { ChatView } from "@switchboard/api";
import { Avatar, Empty, Failure, Rows, StatusDot } from "@switchboard/kit";
import { App, Modal, Radio, Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { explain } from "@/app/errors";
import { visitorName } from "@/app/people";
import css from "./desk.module.css";
import { type TransferTarget, useDepartments, useDesk, useTransfer } from "./queries";

type Kind = "agent" | "department";

/** Hands the chat to a colleague or a department; says who is there and how busy. */
export function TransferDialog({ card, onClose }: { card: ChatView; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [kind, setKind] = useState<Kind>("agent");
  const [to, setTo] = useState<number | null>(null);
  const departments = useDepartments();
  const colleagues = [...(useDesk().data?.colleagues ?? [])].filter((one) => one.id !== card.agent?.id).sort((a, b) => rank(a.status) - rank(b.status) || a.load - b.load);
  const transfer = useTransfer();
  const go = () => {
    if (to === null) return;
    const target: TransferTarget = kind === "agent" ? { agent: to } : { department: to };
    transfer.mutate({ chat: card.id, to: target }, { onSuccess: () => (void message.success(t("desk.transfer.done")), onClose()) });
  };
  return (
    <Modal open title={t("desk.transfer.title", { name: visitorName(card.visitor) })} okText={t("desk.transfer.do")} okButtonProps={{ disabled: to === null, loading: transfer.isPending }} onOk={go} onCancel={onClose} cancelText={t("act.cancel")} width={440}>
      <Segmented<Kind> block aria-label={t("desk.transfer.kind")} value={kind} onChange={(next) => (setKind(next), setTo(null))} options={[{ value: "agent", label: t("desk.transfer.agent") }, { value: "department", label: t("desk.transfer.department") }]} />
      <Radio.Group className={css.targets ?? ""} value={to} onChange={(event) => setTo(event.target.value as number)} aria-label={t(`desk.transfer.${kind}`)}>
        {kind === "agent"
          ? colleagues.map((one) => (
              <Radio key={one.id} value={one.id} disabled={one.status === "offline"}>
                <span className={css.target}>
                  <Avatar id={one.id} name={one.name} size={26} />
                  <span>{one.name}</span>
                  <span className="sb-quiet sb-num"><StatusDot status={one.status} /> {t(`status.${one.status}`)} · {one.load}/{one.limit}</span>
                </span>
              </Radio>
            ))
          : departments.data?.items.map((one) => (
              <Radio key={one.id} value={one.id}>
                <span className={css.target}>
                  <span>{one.name}</span>
                  <span className="sb-quiet">{t("desk.transfer.members", { count: one.members.length })}</span>
                </span>
              </Radio>
            ))}
      </Radio.Group>
      {kind === "agent" && colleagues.length === 0 ? <Empty compact title={t("desk.transfer.nobody")} /> : null}
      {kind === "department" && departments.isLoading ? <Rows count={3} label={t("app.loading")} /> : null}
      {kind === "department" && departments.isError ? <Failure compact title={t("problem.load")} detail={explain(departments.error)} retryLabel={t("act.retry")} onRetry={() => void departments.refetch()} /> : null}
    </Modal>
  );
}

const rank = (status: string) => ["online", "away", "offline"].indexOf(status);
