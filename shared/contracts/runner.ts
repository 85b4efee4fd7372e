import { z } from "zod";
import { RegistrationTokenId, RunnerId } from "../ids.ts";
import { RegionId } from "../regions.ts";
import { Label } from "./job.ts";
import { plainText } from "./text.ts";
import { Timestamp } from "./time.ts";

/** The runner protocol's version; the control plane refuses runners below `minimumProtocol` with runner_outdated. */
export const protocol = 1;
export const minimumProtocol = 1;

export const CapabilityName = z
  .string()
  .max(80)
  .regex(/^[a-z]+(?::[a-z0-9._-]+)?$/);

/** What jobs may ask for by `runnerLabels`. */
const RunnerLabels = z.array(Label).max(20);

export const RegistrationTokenRequest = z
  .strictObject({
    region: RegionId.optional().meta({ description: "Only runners of this region may use it" }),
    labels: RunnerLabels.optional().meta({
      description: "The labels of its runners, none for `[]`; left out, each host chooses its own",
    }),
    maxUses: z.int().min(1).max(1_000).default(1),
    expiresInSeconds: z
      .int()
      .min(60)
      .max(30 * 86_400)
      .default(3_600),
  })
  .meta({ id: "RegistrationTokenRequest" });
export type RegistrationTokenRequest = z.input<typeof RegistrationTokenRequest>;

export const RegistrationToken = z
  .object({
    id: RegistrationTokenId,
    region: RegionId.nullable(),
    labels: z.array(z.string()).nullable().meta({ description: "Null where each host chooses its own" }),
    maxUses: z.int(),
    uses: z.int(),
    createdAt: Timestamp,
    expiresAt: Timestamp,
    revokedAt: Timestamp.nullable(),
  })
  .meta({ id: "RegistrationToken" });
export type RegistrationToken = z.infer<typeof RegistrationToken>;

/** The answer to a creation: the only time that the token itself is shown. */
export const RegistrationTokenCreated = RegistrationToken.extend({
  token: z
    .string()
    .nullable()
    .meta({ description: "The token itself, shown once; null when an Idempotency-Key is replayed" }),
}).meta({ id: "RegistrationTokenCreated" });
export type RegistrationTokenCreated = z.infer<typeof RegistrationTokenCreated>;

/** `POST /api/v1/runners/register`: a registration token becomes this runner's own credential. */
export const RegisterRequest = z
  .strictObject({
    token: z.string().max(200),
    name: plainText(100).pipe(z.string().min(1)),
    region: RegionId,
    labels: RunnerLabels.default([]).meta({
      description: "Where the token says which, the runner has these, and may name no others",
    }),
    protocol: z.int(),
    version: z.string().max(40),
  })
  .meta({ id: "RegisterRequest" });
export type RegisterRequest = z.input<typeof RegisterRequest>;

export const Registered = z
  .object({ runnerId: RunnerId, credential: z.string().meta({ description: "The runner's own secret, shown once" }) })
  .meta({ id: "Registered" });
export type Registered = z.infer<typeof Registered>;

/** What a runner says of itself with every lease request. */
export const RunnerDescription = z.strictObject({
  capabilities: z.array(CapabilityName).max(100),
  slots: z.int().min(1).max(256).meta({ description: "Tasks it works on at once" }),
  version: z.string().max(40),
  protocol: z.int(),
  draining: z.boolean(),
});
export type RunnerDescription = z.infer<typeof RunnerDescription>;

export const RunnerState = z.enum(["online", "draining", "offline", "revoked"]);

export const Runner = z
  .object({
    id: RunnerId,
    name: z.string(),
    region: RegionId,
    labels: z.array(z.string()),
    state: RunnerState,
    version: z.string(),
    capabilities: z.array(z.string()),
    slots: z.int(),
    activeTasks: z.int(),
    createdAt: Timestamp,
    lastSeenAt: Timestamp.nullable(),
  })
  .meta({ id: "Runner" });
export type Runner = z.infer<typeof Runner>;
