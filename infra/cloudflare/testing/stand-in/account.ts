import type { IncomingMessage } from "node:http";
import type { StandInDatabase } from "./database.ts";

/** A Worker that was deployed. */
export interface Script {
  migrationTag: string | undefined;
  readonly secrets: Map<string, string>;
  readonly versions: string[];
  /** Paths of the static files that were announced last. */
  assets: string[];
  deployments: { id: string; versions: { version_id: string; percentage: number }[] }[];
}

/** What stands for an account: only what our commands make wrangler ask for, kept in memory. */
export interface Account {
  readonly databases: Map<string, StandInDatabase>;
  readonly buckets: Map<string, { created: unknown; cors: unknown; lifecycle: unknown }>;
  readonly queues: Map<string, { id: string; consumers: unknown[] }>;
  readonly scripts: Map<string, Script>;
}

/** A request as it came in. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly origin: string;
}

/** Answered where the account has no such thing. */
export const NOT_FOUND = Symbol("not found");

export async function readAsked(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const url = new URL(request.url ?? "/", "http://stand-in");
  return {
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    body: Buffer.concat(chunks),
    origin: `http://${request.headers.host}`,
  };
}

/** The body as an object; empty where it is none. */
export function jsonOf(asked: Asked): Record<string, unknown> {
  const parsed: unknown = JSON.parse(asked.body.toString() || "{}");
  return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
}
