import type { RoleView } from "@switchboard/api";
import type { TFunction } from "i18next";

const BUILT_IN = ["agent", "leader", "operator", "admin"] as const;

/** The roles every site has speak the user's language; others keep the name they were given. */
export function roleName(t: TFunction, role: Pick<RoleView, "name" | "built_in"> | undefined): string {
  const known = BUILT_IN.find((one) => one === role?.built_in);
  return known ? t(`role.${known}`) : (role?.name ?? "–");
}
