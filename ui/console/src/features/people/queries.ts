import { api, type DepartmentView, type InvitedView, type NewDepartment, type NewRole, type NewUser, type Page, type RoleView, type Session, type UserView } from "@switchboard/api";
import { useMutation, useQuery } from "@tanstack/react-query";
import { queries } from "@/app/cache";
import { resource } from "@/app/resource";

export const users = resource<UserView, NewUser, InvitedView>("users", "/v1/users");
export const roles = resource<RoleView, NewRole>("roles", "/v1/roles");
export const departments = resource<DepartmentView, NewDepartment>("departments", "/v1/departments");

export function useNewLink() {
  return useMutation({ mutationFn: (user: number) => api.post<{ link: string }>(`/v1/users/${user}/link`) });
}

export function useUserSessions(user: number) {
  return useQuery({ queryKey: ["users", user, "sessions"], queryFn: ({ signal }) => api.get<Page<Session>>(`/v1/users/${user}/sessions`, {}, signal) });
}

export function useRevokeUserSession(user: number) {
  return useMutation({
    mutationFn: (session: number) => api.delete(`/v1/users/${user}/sessions/${session}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["users", user, "sessions"] }),
  });
}

/** The server may answer with a whole address or with the token alone; people need an address. */
export function linkAddress(link: string): string {
  return /^https?:/.test(link) ? link : `${location.origin}/link#${encodeURIComponent(link.replace(/^.*#/, ""))}`;
}
