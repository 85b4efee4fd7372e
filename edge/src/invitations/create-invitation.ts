import type { InvitationCreated } from "@reelway/shared/contracts/invitation";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newId } from "@reelway/shared/ids";
import type { Role } from "@reelway/shared/permissions";
import type { AuditEntry } from "../audit/audit-entry.ts";
import { mintCredential } from "../auth/credentials.ts";
import type { Caller } from "../auth/principal.ts";
import type { Env } from "../env.ts";
import { type IdempotentRequest, replayedId } from "../http/idempotency.ts";
import type { Settings } from "../settings.ts";
import { findInvitation, insertInvitation } from "../store/invitations.ts";
import type { InvitationRow } from "../store/rows.ts";
import { findTenant } from "../store/tenants.ts";
import { findUser } from "../store/users.ts";
import { grantableRoles } from "../users/grantable-roles.ts";
import { presentInvitation } from "./present-invitation.ts";

interface Creation {
  readonly caller: Caller;
  readonly tenantId: string;
  readonly now: number;
  readonly request: IdempotentRequest | undefined;
  /** The line for the audit log, once the invitation's id is known. */
  readonly auditWith: (invitationId: string) => AuditEntry;
}
type Created = Promise<{ invitation: InvitationCreated; replayed: boolean }>;

/**
 * Invites an address into a tenant, with a role. The token is in this answer only. Throws `forbidden` for a role above
 * the caller's own rights, `user_exists` when the tenant has an account at this address, `not_found` for its tenant.
 */
export async function createInvitation(
  env: Env,
  settings: Settings,
  { email, role, ...creation }: Creation & { readonly email: string; readonly role: Role },
): Created {
  if (!grantableRoles(creation.caller).includes(role))
    throw new ReelwayError("forbidden", "Nobody can grant more than they have themselves");
  const created = await store(env, settings, { ...creation, email, role, userId: null });
  if (created) return created;
  if (!(await findTenant(env, creation.tenantId))) throw new ReelwayError("not_found", "There is no such tenant");
  throw new ReelwayError("user_exists");
}

/**
 * A token by which a user sets a new password; until then the old one holds. Throws `not_found`, and `forbidden` for a
 * user with rights that the caller lacks.
 */
export async function createPasswordReset(
  env: Env,
  settings: Settings,
  { userId, ...creation }: Creation & { readonly userId: string },
): Created {
  const user = await findUser(env, creation.tenantId, userId);
  if (!user) throw new ReelwayError("not_found");
  if (!grantableRoles(creation.caller).includes(user.role))
    throw new ReelwayError("forbidden", `A ${user.role} has rights that you don't have yourself`);
  const created = await store(env, settings, { ...creation, email: user.email, role: user.role, userId });
  if (!created) throw new ReelwayError("not_found");
  return created;
}

async function store(
  env: Env,
  settings: Settings,
  creation: Creation & Pick<InvitationRow, "email" | "role" | "userId">,
): Promise<Awaited<Created> | undefined> {
  const { caller, tenantId, email, role, userId, now, request, auditWith } = creation;
  const id = newId("inv");
  const { text, hash } = await mintCredential(settings, "invitation", id);
  const row: InvitationRow = {
    id,
    tenantId,
    email,
    role,
    userId,
    hash,
    invitedBy: caller.id,
    createdAt: now,
    expiresAt: now + settings.invitationMs,
    acceptedAt: null,
    revokedAt: null,
  };
  const claim = request && { ...request, resourceId: id, createdAt: now };
  const { stored, holder } = await insertInvitation(env, row, auditWith(id), claim);
  const existingId = request && replayedId(request, holder);
  if (stored) return { invitation: { ...presentInvitation(stored), token: text }, replayed: false };
  const existing = existingId === undefined ? undefined : await findInvitation(env, tenantId, existingId);
  return existing && { invitation: { ...presentInvitation(existing), token: null }, replayed: true };
}
