import { ArrowLeftOutlined } from "@ant-design/icons";
import type { WidgetConfig, WidgetView } from "@switchboard/api";
import { CopyLine, Failure, Page, Panel, Rows } from "@switchboard/kit";
import { App, Button, Input, Switch, Tabs } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useBlocker, useParams } from "react-router";
import { explain } from "@/app/errors";
import { LookForm } from "./LookForm";
import { Preview } from "./Preview";
import { widgets } from "./queries";
import { RulesForm } from "./RulesForm";
import { TextsForm } from "./TextsForm";
import { FieldsForm } from "./FieldsForm";
import css from "./widgets.module.css";

export default function WidgetEditor() {
  const { t } = useTranslation();
  const id = Number(useParams().id);
  const one = widgets.useOne(id);
  if (one.isError && !one.data) return <Failure title={t("problem.load")} detail={explain(one.error)} retryLabel={t("act.retry")} onRetry={() => void one.refetch()} />;
  if (!one.data) return <Rows count={8} label={t("app.loading")} />;
  return <Editor key={one.data.id} widget={one.data} />;
}

export type Edit = (change: (config: WidgetConfig) => WidgetConfig) => void;

function Editor({ widget }: { widget: WidgetView }) {
  const { t } = useTranslation();
  const { message, modal } = App.useApp();
  const change = widgets.useChange();
  const [base, setBase] = useState(widget);
  const [name, setName] = useState(widget.name);
  const [enabled, setEnabled] = useState(widget.enabled);
  const [config, setConfig] = useState(widget.config);
  const [language, setLanguage] = useState<"zh" | "en">(widget.config.language === "en" ? "en" : "zh");
  const dirty = name !== base.name || enabled !== base.enabled || JSON.stringify(config) !== JSON.stringify(base.config);

  useLeaveGuard(dirty, () => modal.confirm({ title: t("widgets.leave"), content: t("widgets.leaveHint"), okText: t("widgets.leaveDo"), cancelText: t("act.cancel") }));

  const save = () =>
    change.mutateAsync({ id: widget.id, change: { name: name.trim(), enabled, config } }).then(
      (saved) => {
        const now = saved ?? { ...base, name, enabled, config };
        setBase(now);
        setConfig(now.config);
        setName(now.name);
        void message.success(t("widgets.saved"));
      },
      (error: unknown) => void message.error(explain(error)),
    );
  const edit: Edit = (next) => setConfig(next);
  const tabs = [
    { key: "look", label: t("widgets.tab.look"), children: <LookForm config={config} edit={edit} /> },
    { key: "texts", label: t("widgets.tab.texts"), children: <TextsForm config={config} edit={edit} language={language} onLanguage={setLanguage} /> },
    { key: "fields", label: t("widgets.tab.fields"), children: <FieldsForm config={config} edit={edit} /> },
    { key: "rules", label: t("widgets.tab.rules"), children: <RulesForm config={config} edit={edit} /> },
  ];
  return (
    <Page
      wide
      title={base.name}
      lead={t("widgets.version", { version: base.version })}
      back={<Link to="/settings/widgets"><ArrowLeftOutlined aria-hidden="true" /> {t("settings.widgets.title")}</Link>}
      actions={
        <>
          {dirty ? <span className="sb-quiet">{t("widgets.unsaved")}</span> : null}
          <Button disabled={!dirty} onClick={() => (setConfig(base.config), setName(base.name), setEnabled(base.enabled))}>{t("act.undo")}</Button>
          <Button type="primary" disabled={!dirty || !name.trim()} loading={change.isPending} onClick={() => void save()}>{t("act.save")}</Button>
        </>
      }
    >
      <Panel>
        <div className={css.top}>
          <label className={css.field}>
            <span>{t("common.name")}</span>
            <Input value={name} maxLength={80} onChange={(event) => setName(event.target.value)} status={name.trim() ? "" : "error"} />
          </label>
          <label className={css.toggle}>
            <Switch checked={enabled} onChange={setEnabled} aria-label={t("common.enabled")} />
            <span>{t(enabled ? "widgets.isOn" : "widgets.isOff")}</span>
          </label>
          <div className={css.snippet}>
            <span>{t("widgets.snippetHint")}</span>
            <CopyLine text={base.snippet} label={t("widgets.snippet")} copyLabel={t("act.copy")} copiedLabel={t("act.copied")} />
          </div>
        </div>
      </Panel>
      <div className={css.editor}>
        <Panel><Tabs items={tabs} destroyOnHidden={false} /></Panel>
        <Preview config={config} language={language} />
      </div>
    </Page>
  );
}

/** Asks before unsaved changes are left behind. */
function useLeaveGuard(dirty: boolean, ask: () => { then: (answered: (yes: boolean) => void, refused: () => void) => unknown }): void {
  const blocker = useBlocker(({ currentLocation, nextLocation }) => dirty && currentLocation.pathname !== nextLocation.pathname);
  useEffect(() => {
    if (blocker.state === "blocked") void ask().then((yes) => (yes ? blocker.proceed() : blocker.reset()), () => blocker.reset());
  }, [blocker.state]);
  useEffect(() => {
    if (!dirty) return;
    const stay = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", stay);
    return () => removeEventListener("beforeunload", stay);
  }, [dirty]);
}
