import type { Context } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { EdgeCache } from "./edge-cache.ts";

/** What is asked for, and what an answer needs. */
export interface PlayRequest {
  readonly method: string;
  readonly header: (name: string) => string | undefined;
  /** Sets a header of the answer, also of a refusal. */
  readonly setHeader: (name: string, value: string) => void;
  readonly cache: EdgeCache;
  /** Goes on behind the answer. */
  readonly later: (work: Promise<unknown>) => void;
}

export function playRequestOf(c: Context<AppEnv>): PlayRequest {
  return {
    method: c.req.method,
    header: (name) => c.req.header(name),
    setHeader: (name, value) => c.header(name, value),
    cache: new EdgeCache(c.get("settings")),
    later: (work) =>
      c.executionCtx.waitUntil(work.catch((error: unknown) => c.get("log").warn("not kept at the edge", { error }))),
  };
}
