import type { InvitationAcceptance, PasswordReset } from "@reelway/shared/contracts/invitation";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newId } from "@reelway/shared/ids";
import type { z } from "zod";
import type { Auditor } from "../audit/audit-entry.ts";
import { parseCredential, verifyCredential } from "../auth/credentials.ts";
import { forgetUser } from "../auth/holders.ts";
import { hashPassword } from "../auth/password.ts";
import type { Env } from "../env.ts";
import type { Settings } from "../settings.ts";
import { acceptReset, findInvitationByToken, acceptInvitation as storeAcceptance } from "../store/invitations.ts";
import type { InvitationRow, UserRow } from "../store/rows.ts";

interface Acceptance<Wanted> {
  readonly wanted: Wanted;
  readonly now: number;
  readonly auditWith: Auditor;
}

/**
 * Turns an invitation into an account with its address and role, once. Throws `invitation_refused` for every fault of
 * the token alike, and for an address that has an account somewhere: nobody learns where.
 */
export async function acceptInvitation(
  env: Env,
  settings: Settings,
  { wanted, now, auditWith }: Acceptance<z.output<typeof InvitationAcceptance>>,
): Promise<UserRow> {
  const invitation = await openInvitation(env, settings, wanted.token, now);
  if (invitation.userId !== null) throw new ReelwayError("invitation_refused");
  const { tenantId, email, role } = invitation;
  const user: UserRow = {
    id: newId("usr"),
    tenantId,
    email,
    name: wanted.name,
    role,
    passwordHash: await hashPassword(wanted.password),
    version: 1,
    createdAt: now,
    lastLoginAt: null,
    disabledAt: null,
  };
  const detail = { userId: user.id, role };
  const audit = auditWith({ action: "invitation.accept", tenantId, resource: invitation.id, detail });
  if (!(await storeAcceptance(env, invitation.id, user, audit))) throw new ReelwayError("invitation_refused");
  return user;
}

/** Sets the password that a reset is for, once, and ends the user's sessions. Throws `invitation_refused`. */
export async function resetPassword(
  env: Env,
  settings: Settings,
  { wanted, now, auditWith }: Acceptance<PasswordReset>,
): Promise<void> {
  const invitation = await openInvitation(env, settings, wanted.token, now);
  const { id: invitationId, userId, tenantId } = invitation;
  if (userId === null) throw new ReelwayError("invitation_refused");
  const passwordHash = await hashPassword(wanted.password);
  const detail = { invitationId };
  const audit = auditWith({ action: "user.password", tenantId, resource: userId, detail });
  if (!(await acceptReset(env, { invitation, passwordHash, now }, audit))) throw new ReelwayError("invitation_refused");
  forgetUser(userId);
}

/** Looked at before anything is hashed; the SQL of the change looks once more. */
async function openInvitation(env: Env, settings: Settings, token: string, now: number): Promise<InvitationRow> {
  const credential = parseCredential(settings, token);
  const row = credential?.kind === "invitation" ? await findInvitationByToken(env, credential.id) : undefined;
  const open = row && row.acceptedAt === null && row.revokedAt === null && row.expiresAt > now;
  if (!credential || !open || !(await verifyCredential(settings, credential, row.hash)))
    throw new ReelwayError("invitation_refused");
  return row;
}
