import { z } from "zod";
import { errorCodes } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { ProgramRun } from "./program-run.ts";

/** Why a task or job ended badly, as runners report it and as users read it. */
export const JobError = z
  .strictObject({
    code: z.enum(errorCodes),
    message: z
      .string()
      .max(limits.errorMessageLength)
      .meta({ description: "What happened, with ffmpeg's own reason where there is one" }),
    logTail: z.string().max(limits.logTailLength).optional(),
    program: ProgramRun.optional().meta({ description: "The program that failed, and what it was run as" }),
  })
  .meta({ id: "JobError" });
export type JobError = z.infer<typeof JobError>;
