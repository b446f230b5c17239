import type { CrmRecord, CrmView } from "@switchboard/api";
import { Problem } from "@switchboard/api";
import { Chip, Failure } from "@switchboard/kit";
import { useTranslation } from "react-i18next";
import { explain } from "@/app/errors";
import { words } from "@/app/words";
import css from "./panel.module.css";
import { Card } from "./PanelParts";
import { useCrm } from "./queries";

const TYPES = ["contact", "lead", "account"] as const;

/** Whom the connected CRM knows behind a chat. Without one there is no card. */
export function CrmCard({ chat }: { chat: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useCrm(chat);
  if (!data && (!error || Problem.is(error, "missing"))) return null;
  const system = words(`integrations.kind.${data?.kind ?? ""}.title`, data?.kind ?? t("desk.card.crm"));
  return (
    <Card name="crm" title={system}>
      {data ? <Known found={data} system={system} /> : <Failure compact title={t("problem.load")} detail={explain(error)} retryLabel={t("act.retry")} onRetry={() => void refetch()} />}
    </Card>
  );
}

function Known({ found, system }: { found: CrmView; system: string }) {
  const { t } = useTranslation();
  const records = TYPES.flatMap((type) => (found[type] ? [{ type, record: found[type] }] : []));
  const more = Math.max(found.contacts - 1, 0) + Math.max(found.leads - 1, 0);
  if (records.length === 0) return <p className="sb-quiet">{t("desk.crm.none", { email: found.email })}</p>;
  return (
    <>
      <ul className={css.crm}>
        {records.map(({ type, record }) => (
          <li key={type}>
            <Record record={record} system={system} />
            <Chip>{t(`desk.crm.${type}`)}</Chip>
          </li>
        ))}
      </ul>
      {more > 0 ? <p className="sb-quiet">{t("desk.crm.more", { count: more })}</p> : null}
    </>
  );
}

function Record({ record, system }: { record: CrmRecord; system: string }) {
  const { t } = useTranslation();
  const name = record.name || record.email || record.id;
  const what = [record.title, record.company].filter(Boolean).join(" · ");
  return (
    <div>
      {/^https?:\/\//i.test(record.url) ? <a href={record.url} target="_blank" rel="noopener noreferrer" aria-label={t("desk.crm.open", { name, system })}>{name}</a> : <strong>{name}</strong>}
      {what ? <span className="sb-quiet">{what}</span> : null}
      {record.phone ? <span className="sb-num">{record.phone}</span> : null}
    </div>
  );
}
