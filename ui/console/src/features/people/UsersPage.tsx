import { UserAddOutlined } from "@ant-design/icons";
import type { NewUser, UserView } from "@switchboard/api";
import { Avatar, Chip, Page } from "@switchboard/kit";
import { Button, Dropdown, type TableProps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAsk, useTry } from "@/app/ask";
import forms from "@/app/forms.module.css";
import { ListPanel } from "@/app/ListPanel";
import { Secret } from "@/app/Secret";
import { useSession } from "@/app/session";
import { moment } from "@/app/time";
import { departments, linkAddress, roles, useNewLink, users } from "./queries";
import { roleName } from "./roleName";
import { UserDialog } from "./UserDialog";
import { UserSessions } from "./UserSessions";

export default function UsersPage() {
  const { t } = useTranslation();
  const ask = useAsk();
  const attempt = useTry();
  const me = useSession((session) => session.who?.user.id);
  const all = users.useAll();
  const allRoles = roles.useAll().data?.items ?? [];
  const allDepartments = departments.useAll().data?.items ?? [];
  const create = users.useCreate();
  const change = users.useChange();
  const remove = users.useRemove();
  const newLink = useNewLink();
  const [editing, setEditing] = useState<UserView | "new" | null>(null);
  const [sessionsOf, setSessionsOf] = useState<UserView | null>(null);
  const [link, setLink] = useState<string | null>(null);

  const stateOf = (one: UserView) => {
    if (one.disabled) return <Chip tone="bad">{t("users.disabled")}</Chip>;
    return one.invited ? <Chip tone="warn">{t("users.invited")}</Chip> : <Chip tone="good">{t("users.active")}</Chip>;
  };
  const invite = (values: NewUser) => create.mutateAsync(values).then(({ link: fresh }) => fresh && setLink(linkAddress(fresh)));
  const columns: TableProps<UserView>["columns"] = [
    {
      title: t("common.name"),
      key: "name",
      sorter: (a, b) => a.name.localeCompare(b.name),
      render: (_, one) => (
        <span className={forms.name}>
          <Avatar id={one.id} name={one.name} size={30} />
          <span>
            <button type="button" className={forms.link} onClick={() => setEditing(one)}>{one.name}</button>
            <small>{one.email}</small>
          </span>
        </span>
      ),
    },
    { title: t("users.role"), key: "role", render: (_, one) => roleName(t, allRoles.find((role) => role.id === one.role_id)) },
    { title: t("users.departments"), key: "departments", responsive: ["lg"], render: (_, one) => <span className={forms.chips}>{one.departments.map((id) => <Chip key={id}>{allDepartments.find((department) => department.id === id)?.name ?? id}</Chip>)}</span> },
    { title: t("users.limit"), key: "limit", width: 110, responsive: ["md"], className: "sb-num", render: (_, one) => (one.accepts_chats ? one.chat_limit : <span className="sb-quiet">{t("users.noChats")}</span>) },
    { title: t("users.state"), key: "state", width: 120, render: (_, one) => stateOf(one) },
    { title: t("users.added"), key: "added", responsive: ["xl"], render: (_, one) => <span className="sb-quiet sb-num">{moment(one.created_at)}</span> },
    {
      title: <span className="sb-only-heard">{t("common.actions")}</span>, key: "actions",
      width: 1,
      render: (_, one) => (
        <Dropdown
          trigger={["click"]}
          menu={{
            items: [
              { key: "edit", label: t("act.edit"), onClick: () => setEditing(one) },
              { key: "link", label: t("users.newLink"), onClick: () => attempt(newLink.mutateAsync(one.id).then(({ link: fresh }) => setLink(linkAddress(fresh)))) },
              { key: "sessions", label: t("users.sessions"), onClick: () => setSessionsOf(one) },
              { key: "disable", disabled: one.id === me, label: t(one.disabled ? "users.enable" : "users.disable"), onClick: () => attempt(change.mutateAsync({ id: one.id, change: { disabled: !one.disabled } })) },
              { key: "remove", danger: true, disabled: one.id === me, label: t("act.remove"), onClick: () => ask({ title: t("users.remove", { name: one.name }), hint: t("users.removeHint"), verb: t("act.remove"), run: () => remove.mutateAsync(one.id) }) },
            ],
          }}
        >
          <Button size="small" type="text" aria-label={t("users.actionsOf", { name: one.name })}>⋯</Button>
        </Dropdown>
      ),
    },
  ];
  const add = <Button type="primary" icon={<UserAddOutlined aria-hidden="true" />} onClick={() => setEditing("new")}>{t("users.add")}</Button>;
  return (
    <Page wide title={t("settings.users.title")} lead={t("settings.users.lead")} actions={add}>
      <ListPanel query={all} columns={columns} empty={{ icon: <UserAddOutlined aria-hidden="true" />, title: t("users.none"), hint: t("users.noneHint"), action: add }} />
      {editing ? (
        <UserDialog
          user={editing === "new" ? null : editing}
          roles={allRoles}
          departments={allDepartments}
          submit={(values) => (editing === "new" ? invite(values) : change.mutateAsync({ id: editing.id, change: values }))}
          onClose={() => setEditing(null)}
        />
      ) : null}
      {sessionsOf ? <UserSessions user={sessionsOf} onClose={() => setSessionsOf(null)} /> : null}
      {link ? <Secret title={t("users.link")} hint={t("users.linkHint")} value={link} onClose={() => setLink(null)} /> : null}
    </Page>
  );
}
