import type { UserView } from "@switchboard/api";
import { Drawer } from "antd";
import { useTranslation } from "react-i18next";
import { usePhone } from "@/app/prefs";
import { SessionList } from "@/features/me/SessionList";
import { useRevokeUserSession, useUserSessions } from "./queries";

export function UserSessions({ user, onClose }: { user: UserView; onClose: () => void }) {
  const { t } = useTranslation();
  const phone = usePhone();
  const sessions = useUserSessions(user.id);
  const revoke = useRevokeUserSession(user.id);
  return (
    <Drawer open onClose={onClose} title={t("users.sessionsOf", { name: user.name })} size={phone ? "100%" : 460}>
      <SessionList query={sessions} onRevoke={(id) => revoke.mutateAsync(id)} />
    </Drawer>
  );
}
