import { Failure, Rows } from "@switchboard/kit";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { explain } from "@/app/errors";
import forms from "@/app/forms.module.css";
import { moment } from "@/app/time";
import css from "./events.module.css";
import { useDeadLetter } from "./queries";

/** Why it was given up, try after try, and the whole envelope. */
export function DeadLetterCard({ id }: { id: number }) {
  const { t } = useTranslation();
  const letter = useDeadLetter(id);
  if (letter.isLoading) return <Rows count={3} label={t("app.loading")} />;
  const one = letter.data;
  if (!one) return <Failure compact title={t("problem.load")} detail={explain(letter.error)} retryLabel={t("act.retry")} onRetry={() => void letter.refetch()} />;
  const causes = one.causes?.length ? one.causes : [{ at: one.dead_at, why: one.cause }];
  return (
    <div className={css.letter}>
      <section>
        <h2>{t("events.causes")}</h2>
        <ol className={css.causes}>
          {causes.map(({ at, why }, index) => <li key={`${at}-${index}`}><time className="sb-num sb-quiet">{moment(at)}</time><span className={css.reason}>{why}</span></li>)}
        </ol>
        <p><Link to={`/settings/events/explorer/${one.event}`}>{t("events.toEvent")}</Link></p>
      </section>
      <section>
        <h2>{t("events.envelope")}</h2>
        <pre className={forms.code} tabIndex={0} aria-label={t("events.envelope")}>{one.envelope ? JSON.stringify(one.envelope, null, 2) : (one.body ?? "–")}</pre>
      </section>
    </div>
  );
}
