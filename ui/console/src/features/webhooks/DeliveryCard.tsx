import type { HeaderView } from "@switchboard/api";
import { Chip, Failure, Rows } from "@switchboard/kit";
import { useTranslation } from "react-i18next";
import { explain } from "@/app/errors";
import { moment } from "@/app/time";
import { useDelivery } from "./queries";
import css from "./webhooks.module.css";

/** What was sent, what came back last, and each try. */
export function DeliveryCard({ id }: { id: string }) {
  const { t } = useTranslation();
  const delivery = useDelivery(id);
  if (delivery.isLoading) return <Rows count={3} label={t("app.loading")} />;
  const one = delivery.data;
  if (!one) return <Failure compact title={t("problem.load")} detail={explain(delivery.error)} retryLabel={t("act.retry")} onRetry={() => void delivery.refetch()} />;
  const last = one.log.at(-1);
  return (
    <div className={css.delivery}>
      <Side title={t("webhooks.request")} line={last ? `POST ${last.url}` : one.type} headers={last?.request_headers ?? []} body={one.request_body} />
      <Side title={t("webhooks.response")} line={last?.status ? String(last.status) : (last?.error ?? t("webhooks.noAnswer"))} headers={last?.response_headers ?? []} body={last?.response_body ?? ""} />
      <section>
        <h2>{t("webhooks.tries")}</h2>
        <ol>
          {one.log.map((attempt) => (
            <li key={attempt.number}>
              <span className="sb-num">{attempt.number}. {moment(attempt.at)}</span>
              <Chip tone={attempt.status && attempt.status < 300 ? "good" : "bad"}>{attempt.status ?? t("webhooks.noAnswer")}</Chip>
              <span className="sb-num sb-quiet">{attempt.took_ms} ms</span>
              <span className="sb-quiet">{attempt.error}</span>
            </li>
          ))}
        </ol>
        {one.next_at ? <p className="sb-quiet">{t("webhooks.next", { at: moment(one.next_at) })}</p> : null}
      </section>
    </div>
  );
}

function Side({ title, line, headers, body }: { title: string; line: string; headers: HeaderView[]; body: string }) {
  return (
    <section>
      <h2>{title}</h2>
      <pre tabIndex={0} aria-label={title}>
        {[line, ...headers.map(({ name, value }) => `${name}: ${value}`), "", pretty(body)].join("\n")}
      </pre>
    </section>
  );
}

/** JSON laid out to be read; anything else as it came. */
export function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
