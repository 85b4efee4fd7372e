import { z } from "zod";
import { errorCodes } from "../errors/catalogue.ts";
import { JobId } from "../ids.ts";
import { JobState } from "../jobs/state-machine.ts";
import { RegionId } from "../regions.ts";
import { Timestamp } from "./time.ts";

/** Why a job does not run yet. */
export const WaitingReason = z.enum([
  /** It runs, or has ended. */
  "not_waiting",
  "source_pending",
  "dispatching",
  "start_delayed",
  "backoff",
  "paused",
  "region_drained",
  /** Its tenant runs as many tasks at once as it may. */
  "share_full",
  "no_runner",
  /** Who could do it may be among those that still find out what their hosts can do. */
  "runners_proving",
  "no_capable_runner",
  "runners_busy",
  /** Who is free for it leaves it to other runners until then. */
  "held_back",
  /** A runner is free for it, and takes it within moments. */
  "next",
]);
export type WaitingReason = z.infer<typeof WaitingReason>;

/** `GET /api/v1/jobs/{id}/waiting`: the reason as of now, as the job's queue knows it. */
export const JobWaiting = z
  .object({
    id: JobId,
    state: JobState,
    region: RegionId,
    reason: WaitingReason,
    message: z.string().meta({ description: "The reason in words" }),
    until: Timestamp.nullable().meta({ description: "When the reason ends by itself, where that is known" }),
    missing: z.array(z.string()).meta({ description: "What no runner that is online has: capabilities and labels" }),
    place: z.int().nullable().meta({ description: "About its place in the order, counted from 1" }),
    etaAt: Timestamp.nullable().meta({ description: "About when it starts, from how long such work took lately" }),
    lastCode: z
      .enum(errorCodes)
      .nullable()
      .meta({ description: "Why the attempt before failed, or who is paused did" }),
    deadlineAt: Timestamp.nullable().meta({ description: "Still waiting then, it fails with queue_timeout" }),
  })
  .meta({ id: "JobWaiting" });
export type JobWaiting = z.infer<typeof JobWaiting>;
