import { type DestinationStream, type Logger, pino } from "pino";

/** Everything after the `?` of a URL: presigned URLs carry their right in it. */
const QUERY = /(\b(?:https?|wss?):\/\/[^\s"'?\\]+)\?[^\s"'\\]*/g;
const BEARER = /\b(Bearer\s+)[A-Za-z0-9._~+/=-]+/gi;

/** The same line without what would let its reader act for us. */
export function withoutSecrets(line: string): string {
  return line.replace(QUERY, "$1?[redacted]").replace(BEARER, "$1[redacted]");
}

/** JSON lines on stderr; stdout is kept for the ready line. Ids are bound by child loggers: runner, job, task, lease. */
export function createLog(
  level: string,
  destination: DestinationStream = pino.destination({ fd: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: { service: "reelway-runner" },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: ["credential", "leaseToken", "token", "*.credential", "*.leaseToken", "*.token"],
        censor: "[redacted]",
      },
      hooks: { streamWrite: withoutSecrets },
    },
    destination,
  );
}
