import { TenantId } from "@reelway/shared/ids";
import { useSearch } from "wouter-preact";
import { useSession } from "../session/session.ts";

/**
 * Whose things are shown: one's own tenant's, unless the address names another (`?tenant=ten_…`), which only admins of the
 * installation's own tenant may.
 */
export function useTenant(): { readonly tenantId?: string } {
  const { data: me } = useSession();
  const named = TenantId.safeParse(new URLSearchParams(useSearch()).get("tenant")).data;
  return named === undefined || named === me?.tenantId ? {} : { tenantId: named };
}
