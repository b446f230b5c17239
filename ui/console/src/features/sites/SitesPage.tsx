import { GlobalOutlined, PlusOutlined } from "@ant-design/icons";
import type { NewSite, SiteView } from "@switchboard/api";
import { Chip, Page } from "@switchboard/kit";
import { Button, Form, Input, Select, type TableProps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FormDialog } from "@/app/FormDialog";
import forms from "@/app/forms.module.css";
import { ListPanel } from "@/app/ListPanel";
import { askWhoAmI, chooseSite, useSession } from "@/app/session";
import { timeZones, zone } from "@/app/time";
import { sites } from "./queries";

export default function SitesPage() {
  const { t } = useTranslation();
  const all = sites.useAll();
  const create = sites.useCreate();
  const change = sites.useChange();
  const { site: here, who } = useSession();
  const [editing, setEditing] = useState<SiteView | "new" | null>(null);
  const mine = (id: number) => who?.sites.some((one) => one.id === id) ?? false;
  const columns: TableProps<SiteView>["columns"] = [
    { title: t("common.name"), key: "name", render: (_, one) => <span className={forms.chips}><button type="button" className={forms.link} onClick={() => setEditing(one)}>{one.name}</button>{one.id === here?.id ? <Chip tone="brand">{t("sites.here")}</Chip> : null}</span> },
    { title: "ID", dataIndex: "id", width: 70, responsive: ["md"], className: "sb-num" },
    { title: t("me.zone"), dataIndex: "time_zone", responsive: ["md"] },
    { title: t("sites.languages"), key: "languages", responsive: ["md"], render: (_, one) => <span className={forms.chips}>{one.languages.map((language) => <Chip key={language}>{t(`language.${language}`)}</Chip>)}</span> },
    { title: <span className="sb-only-heard">{t("common.actions")}</span>, key: "actions", width: 1, render: (_, one) => <span className={forms.actions}>{mine(one.id) && one.id !== here?.id ? <Button size="small" onClick={() => chooseSite(one.id)}>{t("sites.enter")}</Button> : null}<Button size="small" onClick={() => setEditing(one)}>{t("act.edit")}</Button></span> },
  ];
  const add = <Button type="primary" icon={<PlusOutlined aria-hidden="true" />} onClick={() => setEditing("new")}>{t("sites.add")}</Button>;
  const initial: NewSite = editing && editing !== "new" ? { name: editing.name, time_zone: editing.time_zone, languages: editing.languages } : { name: "", time_zone: zone(), languages: ["zh", "en"] };
  const submit = async (values: NewSite) => {
    if (editing === "new") await create.mutateAsync(values);
    else if (editing) await change.mutateAsync({ id: editing.id, change: values });
    await askWhoAmI();
  };
  return (
    <Page title={t("settings.sites.title")} lead={t("settings.sites.lead")} actions={add}>
      <ListPanel query={all} columns={columns} empty={{ icon: <GlobalOutlined aria-hidden="true" />, title: t("sites.none"), hint: t("sites.noneHint"), action: add }} />
      {editing ? (
        <FormDialog<NewSite> title={t(editing === "new" ? "sites.add" : "sites.edit")} okText={t(editing === "new" ? "act.create" : "act.save")} initial={initial} submit={submit} onClose={() => setEditing(null)}>
          <Form.Item name="name" label={t("common.name")} rules={[{ required: true, whitespace: true, message: t("form.required") }]}><Input autoFocus maxLength={80} /></Form.Item>
          <Form.Item name="time_zone" label={t("me.zone")} rules={[{ required: true, message: t("form.required") }]}><Select showSearch options={timeZones().map((value) => ({ value, label: value }))} /></Form.Item>
          <Form.Item name="languages" label={t("sites.languages")} rules={[{ required: true, type: "array", min: 1, message: t("form.atLeastOne") }]}><Select mode="multiple" options={(["zh", "en"] as const).map((value) => ({ value, label: t(`language.${value}`) }))} /></Form.Item>
        </FormDialog>
      ) : null}
    </Page>
  );
}
