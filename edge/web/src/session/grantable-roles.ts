import { mayGrant, Role } from "@reelway/shared/permissions";
import { useSession } from "./session.ts";

export type GrantableRole = Exclude<Role, "runner">;

const titles: Readonly<Record<GrantableRole, string>> = {
  admin: "Admin: everything of the tenant",
  operator: "Operator: runs the fleet",
  member: "Member: converts",
  viewer: "Viewer: looks",
};

/** The roles that whoever is signed in may give, with what they are for. */
export function useGrantableRoles(): { value: GrantableRole; label: string }[] {
  const { data: me } = useSession();
  return Role.exclude(["runner"]).options.flatMap((role) =>
    me && mayGrant({ role: me.role, scopes: null }, { role, scopes: null })
      ? [{ value: role, label: titles[role] }]
      : [],
  );
}
