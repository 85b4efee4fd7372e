import type { JobError } from "@reelway/shared/contracts/job-error";
import { withoutControls, withoutControlsInLines } from "@reelway/shared/contracts/text";

/** A runner's words, as they may be shown: no control or bidirectional characters, line breaks only in log tails. */
export function sanitisedError({ code, message, logTail, program }: JobError): JobError {
  return {
    code,
    message: withoutControlsInLines(message),
    ...(logTail === undefined ? {} : { logTail: withoutControlsInLines(logTail) }),
    // Its contract takes nothing that is not fit to show.
    ...(program && { program }),
  };
}

/** The document with every text in it made fit to show; names of fields too. */
export function sanitised(value: unknown): unknown {
  if (typeof value === "string") return withoutControls(value);
  if (Array.isArray(value)) return value.map(sanitised);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [withoutControls(name), sanitised(entry)]));
}
