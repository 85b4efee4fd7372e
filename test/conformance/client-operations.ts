import { setTimeout as sleep } from "node:timers/promises";
import type { createClient } from "@reelway/shared/client/client";
import type { createRunnerClient } from "@reelway/shared/client/runner-client";

export interface ClientMethod {
  readonly method: string;
  /** `METHOD path` of what it asked for. */
  readonly calls: readonly string[];
}

/** Whatever follows something for as long as it goes on has asked by then. */
const LONGEST_MS = 500;

/** Of several operations: an upload announces, sends parts and completes. They are listed rather than played. */
const composite: Readonly<Record<string, readonly string[]>> = {
  "assets.upload": [
    "POST /api/v1/assets",
    "GET /api/v1/assets/ID/upload",
    "POST /api/v1/assets/ID/parts",
    "PUT /api/v1/assets/ID/parts/1",
    "POST /api/v1/assets/ID/complete",
  ],
  "jobs.watch": ["GET /api/v1/jobs/ID/events"],
  // Ask for links, or read page after page, by an operation that has a method of its own.
  "jobs.download": [],
  "events.follow": [],
};

type MakeFetch<Made> = (fetchIt: typeof fetch) => Made;

/** Calls every method of the clients against nobody, and tells what each asked for. */
export async function clientOperations(
  makeClient: MakeFetch<ReturnType<typeof createClient>>,
  makeRunnerClient: MakeFetch<ReturnType<typeof createRunnerClient>>,
): Promise<ClientMethod[]> {
  let asked: string[] = [];
  const nobody: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    asked.push(`${init?.method ?? "GET"} ${url.pathname}`);
    throw new TypeError("nobody is here");
  };
  const runner = makeRunnerClient(nobody);
  const roots = {
    ...makeClient(nobody),
    runner: { ...runner, ofLease: undefined },
    lease: runner.ofLease(() => "token"),
  };
  const found: ClientMethod[] = [];
  for (const { name, call } of methodsOf(roots)) {
    const listed = composite[name];
    asked = [];
    // Any number of ids goes before a body, a query and a signal: each is tried.
    if (listed === undefined)
      for (const values of [["ID"], [], ["ID", "ID"], ["ID", "ID", {}], ["ID", {}]])
        await Promise.race([attempt(() => call(...values)), sleep(LONGEST_MS)]);
    found.push({ method: name, calls: listed ?? [...new Set(asked.filter((one) => !one.includes("undefined")))] });
  }
  return found;
}

function methodsOf(value: object, prefix = ""): { name: string; call: (...values: unknown[]) => unknown }[] {
  return Object.entries(value).flatMap(([key, member]) => {
    const name = `${prefix}${key}`;
    if (typeof member === "function") return [{ name, call: (...values: unknown[]) => member(...values) }];
    return typeof member === "object" && member !== null ? methodsOf(member, `${name}.`) : [];
  });
}

/** What it ends in is of no interest: only what it asks for. */
async function attempt(call: () => unknown): Promise<void> {
  try {
    const result = call();
    if (typeof result === "object" && result !== null && Symbol.asyncIterator in result) {
      const iterator: unknown = Reflect.get(result, Symbol.asyncIterator);
      if (typeof iterator === "function") await iterator.call(result).next();
      return;
    }
    await result;
  } catch {
    // Nobody answers.
  }
}
