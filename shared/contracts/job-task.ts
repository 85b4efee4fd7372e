import { z } from "zod";
import { RunnerId } from "../ids.ts";
import { Attempt } from "./dead-letter.ts";
import { JobError } from "./job-error.ts";
import { Timestamp } from "./time.ts";

/** What a task of a job is doing: as its queue calls it (ARCHITECTURE.md, the stores). */
export const JobTaskState = z.enum(["blocked", "lined", "ready", "delayed", "leased", "done", "dead", "canceled"]);
export type JobTaskState = z.infer<typeof JobTaskState>;

/** One task of a job. */
export const JobTask = z
  .object({
    part: z
      .string()
      .meta({ description: "What it is of the job: `plan`, `encode:12`, `audio` …; empty for the only one" }),
    state: JobTaskState,
    attempt: z.int().meta({ description: "Attempts begun; 0 where that is no longer known" }),
    runnerId: RunnerId.nullable().meta({ description: "Who holds it, or held it last" }),
    startedAt: Timestamp.nullable(),
    hedge: z
      .object({ runnerId: RunnerId, startedAt: Timestamp })
      .nullable()
      .meta({ description: "The second runner that makes it too, because it takes long: who is done first counts" }),
    endedAt: Timestamp.nullable(),
    error: JobError.nullable().meta({ description: "Why the last attempt failed" }),
    attempts: z.array(Attempt).meta({
      description:
        "Those that came to nothing, oldest first, second runners' among them: failed, lost, outrun, canceled",
    }),
  })
  .meta({ id: "JobTask" });
export type JobTask = z.infer<typeof JobTask>;

/** `GET /api/v1/jobs/{id}/tasks`: what is done of the current run, and what is left. */
export const JobTasks = z.object({ items: z.array(JobTask) }).meta({ id: "JobTasks" });
