import { z } from "zod";
import { InvitationId, TenantId, UserId } from "../ids.ts";
import { Role } from "../permissions.ts";
import { Timestamp } from "./time.ts";
import { Email, GrantableRole, NewPassword, UserName } from "./user.ts";

/** `POST /api/v1/invitations`. */
export const InvitationRequest = z
  .strictObject({
    email: Email,
    role: GrantableRole.default("member"),
    tenantId: TenantId.optional().meta({ description: "Into another tenant; only platform admins may" }),
  })
  .meta({ id: "InvitationRequest" });
export type InvitationRequest = z.input<typeof InvitationRequest>;

export const Invitation = z
  .object({
    id: InvitationId,
    tenantId: TenantId,
    email: z.string(),
    role: Role,
    userId: UserId.nullable().meta({ description: "The user whose password it sets anew; null: it makes an account" }),
    invitedBy: z.string().meta({ description: "The API key or user that made it" }),
    createdAt: Timestamp,
    expiresAt: Timestamp,
    acceptedAt: Timestamp.nullable(),
    revokedAt: Timestamp.nullable(),
  })
  .meta({ id: "Invitation" });
export type Invitation = z.infer<typeof Invitation>;

/** The answer to a creation: the only time that the token is shown. */
export const InvitationCreated = Invitation.extend({
  token: z
    .string()
    .nullable()
    .meta({ description: "Give it to the person, who uses it once; null when an Idempotency-Key is replayed" }),
}).meta({ id: "InvitationCreated" });
export type InvitationCreated = z.infer<typeof InvitationCreated>;

const Token = z.string().max(200);

/** `POST /api/v1/invitations/accept`: the token becomes an account. */
export const InvitationAcceptance = z
  .strictObject({ token: Token, name: UserName, password: NewPassword })
  .meta({ id: "InvitationAcceptance" });
export type InvitationAcceptance = z.input<typeof InvitationAcceptance>;

/** `POST /api/v1/auth/password-reset`: the token of a reset becomes a new password. */
export const PasswordReset = z.strictObject({ token: Token, password: NewPassword }).meta({ id: "PasswordReset" });
export type PasswordReset = z.infer<typeof PasswordReset>;
