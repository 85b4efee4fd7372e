import { escapedJson } from "@reelway/shared/log/json-line";
import { withoutSecrets } from "@reelway/shared/log/without-secrets";
import { isLogged } from "./log-level.ts";

/** What a record may carry beside its message; ids have fixed names, so that one search finds a job's whole way. */
export interface LogFields {
  requestId?: string | undefined;
  /** W3C trace id, where the request or job is traced. */
  traceId?: string | undefined;
  tenantId?: string | undefined;
  jobId?: string | undefined;
  taskId?: string | undefined;
  /** `<taskId>:<epoch>` */
  lease?: string | undefined;
  runnerId?: string | undefined;
  [field: string]: unknown;
}

type Level = "debug" | "info" | "warn" | "error";

/** Structured logs: one JSON record per line, with credentials and presigned URLs blacked out. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose records all carry these fields too. */
  with(fields: LogFields): Log;
}

export type LogSink = (level: Level, line: string) => void;

const consoleSink: LogSink = (level, line) => console[level](line);

export function createLog(fields: LogFields = {}, sink: LogSink = consoleSink): Log {
  const write = (level: Level, message: string, more: LogFields = {}) => {
    if (!isLogged(level)) return;
    const record = { at: Date.now(), level, message: withoutSecrets(message), ...redact({ ...fields, ...more }) };
    sink(level, escapedJson(JSON.stringify(record)));
  };
  return {
    debug: (message, more) => write("debug", message, more),
    info: (message, more) => write("info", message, more),
    warn: (message, more) => write("warn", message, more),
    error: (message, more) => write("error", message, more),
    with: (more) => createLog({ ...fields, ...more }, sink),
  };
}

const BLACKED_OUT = "[redacted]";
const SECRET_FIELD =
  /^(authorization|(set-)?cookie|reelway-lease|secretAccessKey|[\w-]*(secret|password|token|credential))$/i;
const MAX_DEPTH = 6;

function redact(value: unknown, depth = 0): object {
  const entries = Object.entries(value ?? {}).map(([name, entry]) => [
    name,
    SECRET_FIELD.test(name) ? BLACKED_OUT : redactValue(entry, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return withoutSecrets(value);
  if (value instanceof Error) return describeError(value, depth);
  if (typeof value !== "object" || value === null) return typeof value === "bigint" ? String(value) : value;
  if (depth > MAX_DEPTH) return "[deep]";
  return Array.isArray(value) ? value.map((entry) => redactValue(entry, depth + 1)) : redact(value, depth);
}

function describeError(error: Error, depth: number): object {
  return {
    name: error.name,
    message: withoutSecrets(error.message),
    ...("code" in error && typeof error.code === "string" ? { code: error.code } : {}),
    ...(error.stack === undefined ? {} : { stack: withoutSecrets(error.stack) }),
    ...(error.cause === undefined || depth > MAX_DEPTH ? {} : { cause: redactValue(error.cause, depth + 1) }),
  };
}
