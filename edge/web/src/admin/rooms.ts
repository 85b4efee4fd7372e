import type { Permission } from "@reelway/shared/permissions";
import type { ComponentType } from "preact";
import { AuditPage } from "./audit/audit-page.tsx";
import { KeysPage } from "./keys/keys-page.tsx";
import { TenantsPage } from "./tenants/tenants-page.tsx";
import { UsagePage } from "./usage/usage-page.tsx";
import { UsersPage } from "./users/users-page.tsx";
import { WebhooksPage } from "./webhooks/webhooks-page.tsx";

interface Room {
  /** Below /admin. */
  readonly path: string;
  readonly label: string;
  readonly needs: Permission;
  readonly page: ComponentType;
  /** Shows the tenant that the address names; the others know only one's own, or no tenant at all. */
  readonly byTenant: boolean;
}

/** What is administered, in the order of its tabs. */
export const rooms: readonly Room[] = [
  { path: "/users", label: "Users", needs: "users:read", page: UsersPage, byTenant: true },
  { path: "/keys", label: "API keys", needs: "keys:read", page: KeysPage, byTenant: true },
  { path: "/webhooks", label: "Webhooks", needs: "webhooks:read", page: WebhooksPage, byTenant: false },
  { path: "/usage", label: "Usage", needs: "usage:read", page: UsagePage, byTenant: true },
  { path: "/audit", label: "Audit log", needs: "audit:read", page: AuditPage, byTenant: true },
  { path: "/tenants", label: "Tenants", needs: "tenants:read", page: TenantsPage, byTenant: false },
];
