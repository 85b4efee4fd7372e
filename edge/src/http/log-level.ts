import { z } from "zod";

export const LogLevel = z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]);
export type LogLevel = z.infer<typeof LogLevel>;

let least: LogLevel = "info";

/** From now on this isolate, its objects and consumers included, logs from this level on (LOG_LEVEL). */
export function setLogLevel(level: LogLevel): void {
  least = level;
}

export function isLogged(level: LogLevel): boolean {
  return LogLevel.options.indexOf(level) >= LogLevel.options.indexOf(least);
}
