import { z } from "zod";
import { errorCodes } from "../errors/catalogue.ts";
import { JobId, RegistrationTokenId, RunnerId, TenantId } from "../ids.ts";
import { limits } from "../limits.ts";
import { RegionId } from "../regions.ts";
import { HostLoad } from "./host-load.ts";
import { Label } from "./job.ts";
import { PageQuery } from "./page.ts";
import { SandboxRung } from "./sandbox.ts";
import { plainText } from "./text.ts";
import { Timestamp } from "./time.ts";

/** The runner protocol's version; the control plane refuses runners below `minimumProtocol` with runner_outdated. */
export const protocol = 1;
export const minimumProtocol = 1;

export const CapabilityName = z
  .string()
  .max(80)
  .regex(/^[a-z]+(?::[a-z0-9._-]+)?$/);

/** What people see a host as. */
const RunnerName = plainText(100).pipe(z.string().min(1));
/** Of the runner's own package. */
const RunnerVersion = plainText(40);
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
    name: RunnerName,
    region: RegionId,
    labels: RunnerLabels.default([]).meta({
      description: "Where the token says which, the runner has these, and may name no others",
    }),
    protocol: z.int(),
    version: RunnerVersion,
  })
  .meta({ id: "RegisterRequest" });
export type RegisterRequest = z.input<typeof RegisterRequest>;

export const Registered = z
  .object({ runnerId: RunnerId, credential: z.string().meta({ description: "The runner's own secret, shown once" }) })
  .meta({ id: "Registered" });
export type Registered = z.infer<typeof Registered>;

/** What a runner says of itself with every lease request. */
export const RunnerDescription = z.strictObject({
  capabilities: z.array(CapabilityName).max(limits.capabilities),
  slots: z.int().min(1).max(256).meta({ description: "Tasks it works on at once" }),
  version: RunnerVersion,
  protocol: z.int(),
  draining: z.boolean(),
  holdBackSeconds: z.int().min(0).max(limits.holdBackSecondsMax).optional().meta({
    description: "It takes only what has waited this long, so that other runners go first; left out: 0, anything",
  }),
});
export type RunnerDescription = z.infer<typeof RunnerDescription>;

/** Whose work it is: null for another tenant's, which only the platform's admins and operators are told. */
const whose = { jobId: JobId.nullable(), tenantId: TenantId.nullable() };
const part = z.string().meta({ description: "What it is of the job: `encode:12`; empty for the only task" });

/** What a runner works on. */
export const RunnerLease = z
  .object({ ...whose, part, attempt: z.int(), startedAt: Timestamp, expiresAt: Timestamp })
  .meta({ id: "RunnerLease" });
export type RunnerLease = z.infer<typeof RunnerLease>;

export const RunnerState = z.enum(["online", "proving", "draining", "offline", "unknown", "revoked"]).meta({
  description:
    "`proving`: it finds out what its host can do, and takes nothing yet; `offline`: not seen for two leases; `unknown`: its region's queue does not answer just now",
});

export const Runner = z
  .object({
    id: RunnerId,
    name: z.string(),
    region: RegionId,
    labels: z.array(z.string()),
    state: RunnerState,
    version: z.string(),
    capabilities: z.array(z.string()),
    sandbox: SandboxRung.nullable().meta({
      description: "What holds the programs that open users' files on this host; null where it does not say",
    }),
    slots: z.int(),
    slotsWanted: z.int().nullable().meta({ description: "As people have set it; null: as its host says" }),
    activeTasks: z.int(),
    holdBackSeconds: z.int().meta({
      description: "It takes only what has waited this long, so that other runners go first; 0: anything",
    }),
    leases: z.array(RunnerLease).max(limits.leasesListed).meta({
      description: "What it works on, longest first: not all of many, which are at `/runners/{id}/tasks`",
    }),
    load: HostLoad.nullable().meta({ description: "How busy its host is; null where it has not told lately" }),
    drainedAt: Timestamp.nullable().meta({ description: "Since when people have it take nothing new" }),
    lastFailure: z
      .object({ at: Timestamp, code: z.enum(errorCodes) })
      .nullable()
      .meta({ description: "Its last attempt that ended badly, whoever was to blame; null where none is remembered" }),
    createdAt: Timestamp,
    lastSeenAt: Timestamp.nullable(),
  })
  .meta({ id: "Runner" });
export type Runner = z.infer<typeof Runner>;

/** `PATCH /api/v1/runners/{id}`: what people may change of a runner while it works. */
export const RunnerChanges = z
  .strictObject({
    name: RunnerName.optional(),
    labels: RunnerLabels.optional().meta({ description: "All that it is to have from now on" }),
    slots: z.int().min(1).max(256).nullable().optional().meta({
      description: "Tasks at once, as far as its host allows; null leaves it to the host's own CONCURRENCY",
    }),
  })
  .refine((changes) => Object.keys(changes).length > 0, "change something")
  .meta({ id: "RunnerChanges", examples: [{ name: "rack-2-left", slots: 4 }] });
export type RunnerChanges = z.input<typeof RunnerChanges>;

/** `GET /api/v1/runners`. */
export const RunnersQuery = PageQuery.extend({
  region: RegionId.optional(),
  revoked: z
    .enum(["true", "false"])
    .optional()
    .meta({ description: "Those that are revoked, or the others; both without it" }),
});
export type RunnersQuery = z.input<typeof RunnersQuery>;

/** An attempt of a runner that ended badly. */
export const RunnerFailure = z
  .object({ ...whose, part, at: Timestamp, code: z.enum(errorCodes) })
  .meta({ id: "RunnerFailure" });
export type RunnerFailure = z.infer<typeof RunnerFailure>;

/** `GET /api/v1/runners/{id}/tasks`. */
export const RunnerTasks = z
  .object({
    leases: z.array(RunnerLease).meta({ description: "Longest first" }),
    failures: z.array(RunnerFailure).meta({ description: "The last few, newest first" }),
  })
  .meta({ id: "RunnerTasks" });
export type RunnerTasks = z.infer<typeof RunnerTasks>;
