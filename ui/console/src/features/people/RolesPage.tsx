import { LockOutlined, PlusOutlined, SafetyOutlined } from "@ant-design/icons";
import { type NewRole, type Permission, PERMISSIONS, type RoleView } from "@switchboard/api";
import { Chip, Empty, Failure, Page, Panel, Rows } from "@switchboard/kit";
import { Button, Checkbox, Dropdown, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAsk, useTry } from "@/app/ask";
import { explain } from "@/app/errors";
import { FormDialog } from "@/app/FormDialog";
import { pair } from "@/app/words";
import css from "./people.module.css";
import { roles } from "./queries";
import { roleName } from "./roleName";

/** Roles across, permissions down: one look answers who may do what. */
export default function RolesPage() {
  const { t } = useTranslation();
  const ask = useAsk();
  const attempt = useTry();
  const all = roles.useAll();
  const create = roles.useCreate();
  const change = roles.useChange();
  const remove = roles.useRemove();
  const [naming, setNaming] = useState<RoleView | "new" | null>(null);
  const items = all.data?.items;
  const toggle = (role: RoleView, permission: Permission) => {
    const permissions = role.permissions.includes(permission) ? role.permissions.filter((one) => one !== permission) : [...role.permissions, permission];
    attempt(change.mutateAsync({ id: role.id, change: { permissions } }));
  };
  const busy = (role: RoleView) => change.isPending && change.variables.id === role.id;
  const add = <Button type="primary" icon={<PlusOutlined aria-hidden="true" />} onClick={() => setNaming("new")}>{t("roles.add")}</Button>;
  return (
    <Page wide title={t("settings.roles.title")} lead={t("settings.roles.lead")} actions={add}>
      <Panel flush>
        {all.isLoading ? <Rows label={t("app.loading")} /> : null}
        {all.isError && !items ? <Failure title={t("problem.load")} detail={explain(all.error)} retryLabel={t("act.retry")} onRetry={() => void all.refetch()} /> : null}
        {items?.length === 0 ? <Empty icon={<SafetyOutlined aria-hidden="true" />} title={t("roles.none")} hint={t("roles.noneHint")} action={add} /> : null}
        {items && items.length > 0 ? (
          <div className={css.matrix} tabIndex={0} role="region" aria-label={t("settings.roles.title")}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("roles.permission")}</th>
                  {items.map((role) => (
                    <th key={role.id} scope="col">
                      <span className={css.role}>
                        {roleName(t, role)}
                        {role.built_in ? (
                          <Chip><LockOutlined aria-hidden="true" />{t("roles.builtIn")}</Chip>
                        ) : (
                          <Dropdown
                            trigger={["click"]}
                            menu={{
                              items: [
                                { key: "rename", label: t("roles.rename"), onClick: () => setNaming(role) },
                                { key: "remove", danger: true, label: t("act.remove"), onClick: () => ask({ title: t("roles.remove", { name: role.name }), hint: t("roles.removeHint"), verb: t("act.remove"), run: () => remove.mutateAsync(role.id) }) },
                              ],
                            }}
                          >
                            <Button size="small" type="text" aria-label={t("users.actionsOf", { name: role.name })}>⋯</Button>
                          </Dropdown>
                        )}
                      </span>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {PERMISSIONS.map((permission) => (
                  <tr key={permission}>
                    <th scope="row">
                      <span>{t(`permission.${permission}.name`)}</span>
                      <small>{t(`permission.${permission}.hint`)}</small>
                    </th>
                    {items.map((role) => (
                      <td key={role.id}>
                        <Checkbox
                          checked={role.permissions.includes(permission)}
                          disabled={busy(role) || role.built_in === "admin"}
                          aria-label={pair(roleName(t, role), t(`permission.${permission}.name`))}
                          onChange={() => toggle(role, permission)}
                        />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        ) : null}
      </Panel>
      {naming ? (
        <FormDialog<Pick<NewRole, "name">>
          title={t(naming === "new" ? "roles.add" : "roles.rename")}
          okText={t(naming === "new" ? "act.create" : "act.save")}
          initial={{ name: naming === "new" ? "" : naming.name }}
          submit={({ name }) => (naming === "new" ? create.mutateAsync({ name, permissions: ["answer_chats", "view_visitors"] }) : change.mutateAsync({ id: naming.id, change: { name } }))}
          onClose={() => setNaming(null)}
        >
          <Form.Item name="name" label={t("common.name")} rules={[{ required: true, whitespace: true, message: t("form.required") }]}><Input autoFocus maxLength={60} /></Form.Item>
        </FormDialog>
      ) : null}
    </Page>
  );
}
