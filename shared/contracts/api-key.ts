import { z } from "zod";
import { ApiKeyId, TenantId, UserId } from "../ids.ts";
import { Permission, Role } from "../permissions.ts";
import { plainText } from "./text.ts";
import { Timestamp } from "./time.ts";

export const ApiKeyRequest = z
  .strictObject({
    name: plainText(100).pipe(z.string().min(1)),
    role: Role.exclude(["runner"]).default("member"),
    scopes: z
      .array(Permission)
      .min(1)
      .optional()
      .meta({ description: "Narrows the role to these permissions; default: all that the role has" }),
    expiresAt: Timestamp.optional(),
    tenantId: TenantId.optional().meta({ description: "Another tenant's key; only platform admins may" }),
  })
  .meta({ id: "ApiKeyRequest" });
export type ApiKeyRequest = z.input<typeof ApiKeyRequest>;

/** `POST /api/v1/auth/keys`: in one's own tenant, hanging on oneself. */
export const OwnKeyRequest = ApiKeyRequest.omit({ tenantId: true }).meta({ id: "OwnKeyRequest" });
export type OwnKeyRequest = z.input<typeof OwnKeyRequest>;

export const ApiKey = z
  .object({
    id: ApiKeyId,
    tenantId: TenantId,
    name: z.string(),
    role: Role,
    scopes: z.array(Permission).nullable(),
    makerId: UserId.nullable().meta({
      description: "The user whose rights it hangs on: it can never do more than they can; null for a key of its own",
    }),
    prefix: z.string().meta({ description: "The visible start of the key, to recognise it by" }),
    createdAt: Timestamp,
    expiresAt: Timestamp.nullable(),
    lastUsedAt: Timestamp.nullable().meta({ description: "To the minute" }),
    revokedAt: Timestamp.nullable(),
  })
  .meta({ id: "ApiKey" });
export type ApiKey = z.infer<typeof ApiKey>;

/** The answer to a creation: the only time that the secret is shown. */
export const ApiKeyCreated = ApiKey.extend({
  secret: z
    .string()
    .nullable()
    .meta({ description: "The key itself, shown once; null when an Idempotency-Key is replayed" }),
}).meta({ id: "ApiKeyCreated" });
export type ApiKeyCreated = z.infer<typeof ApiKeyCreated>;

/** `POST /api/v1/bootstrap`: makes the platform tenant and its first admin key, once, against BOOTSTRAP_TOKEN. */
export const BootstrapRequest = z.strictObject({ token: z.string().max(200) }).meta({ id: "BootstrapRequest" });
export type BootstrapRequest = z.infer<typeof BootstrapRequest>;
