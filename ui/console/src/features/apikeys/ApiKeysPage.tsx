import { KeyOutlined, PlusOutlined } from "@ant-design/icons";
import { type ApiKey, type NewApiKey, PERMISSIONS } from "@switchboard/api";
import { Chip, Page } from "@switchboard/kit";
import { Button, Checkbox, Form, Input, Select, type TableProps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAsk } from "@/app/ask";
import { FormDialog } from "@/app/FormDialog";
import forms from "@/app/forms.module.css";
import { ListPanel } from "@/app/ListPanel";
import { Secret } from "@/app/Secret";
import { useSession } from "@/app/session";
import { moment } from "@/app/time";
import css from "./apikeys.module.css";
import { apiKeys } from "./queries";

const LIVES = { never: 0, d30: 30, d90: 90, d365: 365 } as const;
type Life = keyof typeof LIVES;

export default function ApiKeysPage() {
  const { t } = useTranslation();
  const ask = useAsk();
  const all = apiKeys.useAll();
  const create = apiKeys.useCreate();
  const remove = apiKeys.useRemove();
  const mine = useSession((session) => session.site?.permissions ?? []);
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const columns: TableProps<ApiKey>["columns"] = [
    { title: t("common.name"), key: "name", render: (_, one) => <span className={forms.name}><span><strong>{one.name}</strong>{one.hint ? <small><code>{one.hint}…</code></small> : null}</span></span> },
    { title: t("roles.permission"), key: "permissions", responsive: ["md"], width: 380, render: (_, one) => <span className={forms.chips}>{one.permissions.map((permission) => <Chip key={permission}>{t(`permission.${permission}.name`)}</Chip>)}</span> },
    { title: t("keys.used"), key: "used", responsive: ["lg"], render: (_, one) => <span className="sb-quiet sb-num">{one.used_at ? moment(one.used_at) : t("users.never")}</span> },
    { title: t("keys.expires"), key: "expires", render: (_, one) => (one.expires_at ? Date.parse(one.expires_at) < Date.now() ? <Chip tone="bad">{t("keys.expired")}</Chip> : <span className="sb-num">{moment(one.expires_at)}</span> : t("keys.life.never")) },
    { title: <span className="sb-only-heard">{t("common.actions")}</span>, key: "actions", width: 1, render: (_, one) => <span className={forms.actions}><Button size="small" type="text" danger onClick={() => ask({ title: t("keys.remove", { name: one.name }), hint: t("keys.removeHint"), verb: t("keys.revoke"), run: () => remove.mutateAsync(one.id) })}>{t("keys.revoke")}</Button></span> },
  ];
  const add = <Button type="primary" icon={<PlusOutlined aria-hidden="true" />} onClick={() => setAdding(true)}>{t("keys.add")}</Button>;
  return (
    <Page title={t("settings.apiKeys.title")} lead={t("settings.apiKeys.lead")} actions={<><Button href="/docs/api" target="_blank">{t("settings.reference")}</Button>{add}</>}>
      <ListPanel query={all} columns={columns} empty={{ icon: <KeyOutlined aria-hidden="true" />, title: t("keys.none"), hint: t("keys.noneHint"), action: add }} />
      {adding ? (
        <FormDialog<NewApiKey & { life: Life }>
          title={t("keys.add")}
          okText={t("act.create")}
          initial={{ name: "", permissions: [], life: "d90" }}
          submit={({ life, ...values }) =>
            create.mutateAsync({ ...values, ...(LIVES[life] ? { expires_at: new Date(Date.now() + LIVES[life] * 86_400_000).toISOString() } : {}) }).then((made) => setSecret(made.secret))
          }
          onClose={() => setAdding(false)}
        >
          <Form.Item name="name" label={t("common.name")} extra={t("keys.nameHint")} rules={[{ required: true, whitespace: true, message: t("form.required") }]}><Input autoFocus maxLength={80} /></Form.Item>
          <Form.Item name="life" label={t("keys.expires")}><Select options={(Object.keys(LIVES) as Life[]).map((value) => ({ value, label: t(`keys.life.${value}`) }))} /></Form.Item>
          <Form.Item name="permissions" label={t("roles.permission")} rules={[{ type: "array", min: 1, message: t("form.atLeastOne") }]}>
            <Checkbox.Group className={css.permissions ?? ""} options={PERMISSIONS.map((value) => ({ value, label: t(`permission.${value}.name`), disabled: !mine.includes(value) }))} />
          </Form.Item>
        </FormDialog>
      ) : null}
      {secret ? <Secret title={t("keys.secret")} hint={t("keys.secretHint")} value={secret} onClose={() => setSecret(null)} /> : null}
    </Page>
  );
}
