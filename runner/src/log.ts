import { escapedJson } from "@reelway/shared/log/json-line";
import { withoutSecrets } from "@reelway/shared/log/without-secrets";
import { type DestinationStream, type Logger, pino } from "pino";

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
      hooks: { streamWrite: (line) => escapedJson(withoutSecrets(line)) },
    },
    destination,
  );
}
