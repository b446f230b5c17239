import { Chip, Failure, Rows } from "@switchboard/kit";
import { useTranslation } from "react-i18next";
import { explain } from "@/app/errors";
import { moment } from "@/app/time";
import { useDelivery } from "./queries";
import css from "./webhooks.module.css";

/** What was sent, what came back, and each try. */
export function DeliveryCard({ id }: { id: string }) {
  const { t } = useTranslation();
  const delivery = useDelivery(id);
  if (delivery.isLoading) return <Rows count={3} label={t("app.loading")} />;
  const one = delivery.data;
  if (!one) return <Failure compact title={t("problem.load")} detail={explain(delivery.error)} retryLabel={t("act.retry")} onRetry={() => void delivery.refetch()} />;
  return (
    <div className={css.delivery}>
      <Side title={t("webhooks.request")} line={`POST ${one.request.url}`} headers={one.request.headers} body={one.request.body} />
      {one.response ? (
        <Side title={t("webhooks.response")} line={one.response.status === null ? t("webhooks.noAnswer") : String(one.response.status)} headers={one.response.headers} body={one.response.body} />
      ) : (
        <Side title={t("webhooks.response")} line={one.reason ?? t("webhooks.noAnswer")} headers={{}} body="" />
      )}
      <section>
        <h2>{t("webhooks.tries")}</h2>
        <ol>
          {one.attempts.map((attempt, at) => (
            <li key={attempt.at}>
              <span className="sb-num">{at + 1}. {moment(attempt.at)}</span>
              <Chip tone={attempt.status && attempt.status < 300 ? "good" : "bad"}>{attempt.status ?? t("webhooks.noAnswer")}</Chip>
              <span className="sb-num sb-quiet">{attempt.duration_ms === null ? "" : `${attempt.duration_ms} ms`}</span>
              <span className="sb-quiet">{attempt.error}</span>
            </li>
          ))}
        </ol>
        {one.next_at ? <p className="sb-quiet">{t("webhooks.next", { at: moment(one.next_at) })}</p> : null}
      </section>
    </div>
  );
}

function Side({ title, line, headers, body }: { title: string; line: string; headers: Record<string, string>; body: string }) {
  return (
    <section>
      <h2>{title}</h2>
      <pre tabIndex={0} aria-label={title}>
        {[line, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), "", pretty(body)].join("\n")}
      </pre>
    </section>
  );
}

export function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
