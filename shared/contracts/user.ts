import { z } from "zod";
import { TenantId, UserId } from "../ids.ts";
import { Permission, Role } from "../permissions.ts";
import { plainText } from "./text.ts";
import { Timestamp } from "./time.ts";

/** Addresses are compared in lower case: one account per address in the whole installation. */
export const Email = z
  .string()
  .max(254)
  .transform((text) => text.trim().toLowerCase())
  .pipe(z.email())
  .meta({ description: "Stored in lower case" });

export const UserName = plainText(100).pipe(z.string().min(1));

/** A role that people and API keys may have: `runner` is for runner credentials alone. */
export const GrantableRole = Role.exclude(["runner"]);

/** A new password. Any characters, as long as there are enough of them (NIST SP 800-63B §3.1.1). */
export const NewPassword = z.string().min(12).max(256).meta({ description: "Shown never, stored as a scrypt hash" });

/** A password that is tried: anything that could be one. */
export const TriedPassword = z.string().min(1).max(256);

export const User = z
  .object({
    id: UserId,
    tenantId: TenantId,
    email: z.string(),
    name: z.string(),
    role: Role,
    createdAt: Timestamp,
    lastLoginAt: Timestamp.nullable(),
    disabledAt: Timestamp.nullable(),
  })
  .meta({ id: "User" });
export type User = z.infer<typeof User>;

/** `PATCH /api/v1/users/{id}`. A change of role or standing ends the user's sessions. */
export const UserUpdate = z
  .strictObject({
    name: UserName.optional(),
    role: GrantableRole.optional(),
    disabled: z.boolean().optional(),
  })
  .refine((update) => Object.values(update).some((value) => value !== undefined), "must change something")
  .meta({ id: "UserUpdate" });
export type UserUpdate = z.input<typeof UserUpdate>;

/** `POST /api/v1/auth/password`: one's own, with the old one. */
export const PasswordChange = z
  .strictObject({ currentPassword: TriedPassword, newPassword: NewPassword })
  .meta({ id: "PasswordChange" });
export type PasswordChange = z.infer<typeof PasswordChange>;

/** `GET /api/v1/auth/me`: who the bearer is, and what they may do. */
export const Me = z
  .object({
    kind: z.enum(["api_key", "user"]),
    id: z.string(),
    tenantId: TenantId,
    platform: z.boolean().meta({ description: "Of the tenant that runs the installation" }),
    role: Role,
    permissions: z.array(Permission),
    email: z.string().nullable(),
    name: z.string(),
  })
  .meta({ id: "Me" });
export type Me = z.infer<typeof Me>;
