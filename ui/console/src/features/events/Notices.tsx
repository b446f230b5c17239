import { CloseOutlined, DownOutlined, WarningFilled } from "@ant-design/icons";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { brief } from "@/app/time";
import { words } from "@/app/words";
import css from "./notices.module.css";
import { lasting, noticePath, noticeText, useHidden, useNotices } from "./notices";
import type { NoticeView } from "./types";

/** The alarms of the pipeline, in one line over the screen: it moves the work down and covers none of it. */
export default function Notices() {
  const { t } = useTranslation();
  const notices = useNotices();
  const { ids, hide } = useHidden();
  const [open, setOpen] = useState(false);
  const all = lasting(notices.data?.items ?? []);
  const shown = all.some(({ id }) => !ids.includes(String(id))) ? all : [];
  const [first, ...more] = shown;
  return (
    <section className={css.notices} aria-label={t("notices.label")} hidden={!first}>
      {/* Heard when it changes; the list below is there for who wants all of it. */}
      <div className={css.line} data-level={first?.level}>
        <p role="status">{first ? <><WarningFilled aria-hidden="true" /><strong>{words(`notices.level.${first.level}`, first.level)}</strong><span className="sb-cut">{noticeText(t, first)}</span></> : null}</p>
        {first ? (
          <>
            <Link to={noticePath(first)}>{t("notices.look")}</Link>
            {more.length > 0 ? <button type="button" aria-expanded={open} aria-controls="notices" onClick={() => setOpen(!open)}>{t("notices.more", { count: more.length })} <DownOutlined aria-hidden="true" /></button> : null}
            <button type="button" aria-label={t("notices.hide")} title={t("notices.hide")} onClick={() => (setOpen(false), hide(all))}><CloseOutlined aria-hidden="true" /></button>
          </>
        ) : null}
      </div>
      <ul id="notices" hidden={!open || more.length === 0}>{more.map((one) => <Line key={one.id} notice={one} />)}</ul>
    </section>
  );
}

function Line({ notice }: { notice: NoticeView }) {
  const { t } = useTranslation();
  return (
    <li>
      <strong>{words(`notices.level.${notice.level}`, notice.level)}</strong>
      <span>{noticeText(t, notice)}</span>
      <time className="sb-num sb-quiet">{t("notices.since", { at: brief(notice.since) })}</time>
      <Link to={noticePath(notice)}>{t("notices.look")}</Link>
    </li>
  );
}
