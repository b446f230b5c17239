import { DeleteOutlined } from "@ant-design/icons";
import { Button, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useAsk } from "@/app/ask";
import { usePhone } from "@/app/prefs";
import { useMay } from "@/app/session";
import { count } from "@/app/time";
import { OWN_VIEWS } from "./filter";
import { views } from "./queries";
import css from "./tickets.module.css";
import type { SavedView } from "./types";

/** The views that everybody has, then those that were saved, with how many tickets each shows. On a phone it is one list to choose from. */
export function ViewList({ views: saved, chosen, onChoose }: { views: SavedView[]; chosen: string; onChoose: (view: string) => void }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const ask = useAsk();
  const manages = useMay("manage_tickets");
  const remove = views.useRemove();
  if (phone) {
    const options = [...OWN_VIEWS.map(({ name }) => ({ value: name as string, label: t(`tickets.view.${name}`) })), ...saved.map(({ id, name, count: all }) => ({ value: String(id), label: all === null ? name : `${name} (${count(all)})` }))];
    return <div className={css.chooser}><Select value={chosen} aria-label={t("tickets.view.title")} options={options} onChange={onChoose} /></div>;
  }
  const item = (key: string, name: string, all: number | null) => (
    <button type="button" className={css.view} aria-current={key === chosen ? "true" : undefined} onClick={() => onChoose(key)}>
      <span className="sb-cut">{name}</span>
      {all === null ? null : <span className="sb-num">{count(all)}</span>}
    </button>
  );
  return (
    <nav className={css.views} aria-label={t("tickets.view.title")}>
      <p className={css.group}>{t("tickets.view.title")}</p>
      <ul>{OWN_VIEWS.map(({ name }) => <li key={name}>{item(name, t(`tickets.view.${name}`), null)}</li>)}</ul>
      {saved.length > 0 ? <p className={css.group}>{t("tickets.view.saved")}</p> : null}
      <ul>
        {saved.map((one) => (
          <li key={one.id}>
            {item(String(one.id), one.name, one.count)}
            {one.own || (one.shared && manages) ? <Button className={css.viewDrop ?? ""} size="small" type="text" icon={<DeleteOutlined aria-hidden="true" />} aria-label={t("tickets.view.removeOf", { name: one.name })} onClick={() => ask({ title: t("tickets.view.remove", { name: one.name }), hint: t("tickets.view.removeHint"), verb: t("act.remove"), run: () => remove.mutateAsync(one.id).then(() => chosen === String(one.id) && onChoose("unsolved")) })} /> : null}
          </li>
        ))}
      </ul>
    </nav>
  );
}
