import { MessageOutlined, PlusOutlined } from "@ant-design/icons";
import type { NewWidget, WidgetView } from "@switchboard/api";
import { Chip, CopyLine, Page } from "@switchboard/kit";
import { Button, Form, Input, Switch, type TableProps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useAsk, useTry } from "@/app/ask";
import { FormDialog } from "@/app/FormDialog";
import { ListPanel } from "@/app/ListPanel";
import forms from "@/app/forms.module.css";
import { widgets } from "./queries";
import css from "./widgets.module.css";

export default function WidgetsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const ask = useAsk();
  const attempt = useTry();
  const all = widgets.useAll();
  const create = widgets.useCreate();
  const change = widgets.useChange();
  const remove = widgets.useRemove();
  const [adding, setAdding] = useState(false);
  const add = <Button type="primary" icon={<PlusOutlined aria-hidden="true" />} onClick={() => setAdding(true)}>{t("widgets.add")}</Button>;
  const columns: TableProps<WidgetView>["columns"] = [
    {
      title: t("common.name"),
      key: "name",
      render: (_, one) => (
        <span className={forms.name}>
          <i className={css.swatch} style={{ background: one.config.look.theme_color }} aria-hidden="true" />
          <Link to={`/settings/widgets/${one.id}`}>{one.name}</Link>
          {one.enabled ? null : <Chip>{t("common.off")}</Chip>}
        </span>
      ),
    },
    { title: t("widgets.snippet"), key: "snippet", responsive: ["lg"], render: (_, one) => <div className={css.snippetCell}><CopyLine text={one.snippet} label={t("widgets.snippet")} copyLabel={t("act.copy")} copiedLabel={t("act.copied")} /></div> },
    { title: t("common.enabled"), key: "enabled", width: 90, render: (_, one) => <Switch size="small" checked={one.enabled} aria-label={t("widgets.enabledOf", { name: one.name })} onChange={(enabled) => attempt(change.mutateAsync({ id: one.id, change: { enabled } }))} /> },
    {
      title: <span className="sb-only-heard">{t("common.actions")}</span>, key: "actions",
      width: 1,
      render: (_, one) => (
        <span className={forms.actions}>
          <Button size="small" onClick={() => void navigate(`/settings/widgets/${one.id}`)}>{t("act.edit")}</Button>
          <Button size="small" type="text" danger onClick={() => ask({ title: t("widgets.remove", { name: one.name }), hint: t("widgets.removeHint"), verb: t("act.remove"), run: () => remove.mutateAsync(one.id) })}>{t("act.remove")}</Button>
        </span>
      ),
    },
  ];
  return (
    <Page title={t("settings.widgets.title")} lead={t("settings.widgets.lead")} actions={add}>
      <ListPanel query={all} columns={columns} empty={{ icon: <MessageOutlined aria-hidden="true" />, title: t("widgets.none"), hint: t("widgets.noneHint"), action: add }} />
      {adding ? (
        <FormDialog<NewWidget> title={t("widgets.add")} okText={t("act.create")} initial={{ name: "" }} submit={(values) => create.mutateAsync(values).then((made) => navigate(`/settings/widgets/${made.id}`))} onClose={() => setAdding(false)}>
          <Form.Item name="name" label={t("common.name")} rules={[{ required: true, whitespace: true, message: t("form.required") }]}>
            <Input autoFocus maxLength={80} />
          </Form.Item>
        </FormDialog>
      ) : null}
    </Page>
  );
}
