import { z } from "zod";
import { limits } from "../limits.ts";
import { withoutControls } from "./text.ts";

/** The programs that open media. */
export const programNames = ["ffmpeg", "ffprobe", "reelway-media"] as const;

/** A word of a POSIX shell that nothing is expanded in: bare, quoted, or both in turn. */
const word = String.raw`(?:[\w@%+=:,./-]|'[^']*'|\\')+`;
const run = `(?:${programNames.join("|")})(?: ${word})*(?: > ${word})?`;
const commandLine = new RegExp(`^${run}(?: && ${run})*$`);

/** Seconds of the source, as a player counts them. */
export const InputRange = z.strictObject({
  fromSeconds: z.number().min(0),
  toSeconds: z.number().min(0).nullable().meta({ description: "Null: to its end" }),
});
export type InputRange = z.infer<typeof InputRange>;

/**
 * A program's run, told so that it can be done again elsewhere. What is offered for a shell is held to words of these
 * programs alone, whoever reports it.
 */
export const ProgramRun = z
  .strictObject({
    name: z.enum(programNames),
    version: z
      .string()
      .max(limits.programVersionLength)
      .regex(/^[!-~]+$/, "must be printable ASCII without spaces")
      .meta({ description: "As it prints it", example: "5.1.9-0+deb12u1" }),
    command: z
      .string()
      .max(limits.commandLength)
      .regex(commandLine, "must be runs of these programs, each word safe in a shell")
      .refine((line) => withoutControls(line) === line, "must not contain control characters")
      .optional()
      .meta({
        description:
          "What it was run as, as one line for a POSIX shell, with the names of its files alone: `source` is the job's source. " +
          "What made its other files stands before it, where that is known. Left out where it would be too long",
        example: "ffprobe -hide_banner -v error -of json -show_streams -i file:source",
      }),
    inputRange: InputRange.optional().meta({
      description: "What it was to read of the source, where that is not all of it",
    }),
  })
  .meta({ id: "ProgramRun" });
export type ProgramRun = z.infer<typeof ProgramRun>;
