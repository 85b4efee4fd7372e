import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { JobStatus } from "../../contracts/job.ts";
import { problem, send } from "./answers.ts";
import { ScriptedAssets } from "./scripted-assets.ts";
import { preset, ScriptedJobs } from "./scripted-jobs.ts";
import { ScriptedStorage } from "./scripted-storage.ts";

/** A request as it came in. */
export interface Seen {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

/**
 * A control plane and its storage over real HTTP, speaking the contracts, that does what a test tells it: faults are
 * answers that `intercept` gives, and a job's life is the list `frames`.
 */
export async function startScriptedServer() {
  const seen: Seen[] = [];
  const storage = new ScriptedStorage();
  const assets = new ScriptedAssets(storage);
  const jobs = new ScriptedJobs(storage, () => server.frames);

  const server = {
    url: "",
    key: "rw_test_key",
    seen,
    objects: storage.objects,
    assets: assets.assets,
    jobs: jobs.jobs,
    outputs: jobs.outputs,
    /** What every job goes through; without a terminal state the stream stays open. */
    frames: [{ state: "succeeded", stage: "finalizing", percent: 100 }] as Partial<JobStatus>[],
    /** Answers a request in the server's place by returning true. */
    intercept: (_seen: Seen, _response: ServerResponse, _request: IncomingMessage): boolean => false,
    count: (method: string, path: RegExp) => seen.filter((one) => one.method === method && path.test(one.path)).length,
    problem,
    send,
    addJob: jobs.add.bind(jobs),
    framesOf: jobs.framesOf.bind(jobs),
    close: () =>
      new Promise<void>((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };

  const http = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (body === null) return;
    const one = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body };
    seen.push(one);
    if (server.intercept(one, response, request)) return;
    if (one.path.startsWith("/storage/")) storage.answer(one, response);
    else api(one, response);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const address = http.address();
  if (typeof address === "string" || address === null) throw new Error("no port");
  server.url = `http://127.0.0.1:${address.port}`;
  storage.url = server.url;
  return server;

  function api(one: Seen, response: ServerResponse): boolean {
    const [path = ""] = one.path.replace("/api/v1", "").split("?");
    const json: unknown = one.body.length > 0 ? JSON.parse(one.body.toString()) : undefined;
    const [, kind = "", id = "", verb = "", part = ""] = path.split("/");
    const on = `${one.method} ${[kind, id && ":id", verb, part && ":n"].filter(Boolean).join("/")}`;
    if (one.headers.authorization !== `Bearer ${server.key}`) return problem(response, "unauthenticated");
    if (kind === "assets") return assets.answer(on, id, Number(part), json, response);
    if (kind === "jobs") return jobs.answer(on, id, json, response);
    if (on === "GET presets/:id" && id === preset.name) return send(response, preset);
    if (on === "GET presets") return send(response, { items: [preset] });
    return problem(response, "not_found", `${one.method} ${path}`);
  }
}

export type ScriptedServer = Awaited<ReturnType<typeof startScriptedServer>>;

/** Null where the client went away in the middle of it. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    return null;
  }
  return Buffer.concat(chunks);
}
