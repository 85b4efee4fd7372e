import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Asset, AssetRequest, PartUrlsRequest, UploadedPart } from "../../contracts/asset.ts";
import { type Job, JobRequest, type JobStatus } from "../../contracts/job.ts";
import type { JobSpec } from "../../contracts/job-spec.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { toProblem } from "../../errors/problem.ts";
import { ReelwayError } from "../../errors/reelway-error.ts";
import { newRegionalId } from "../../ids.ts";
import { isTerminal } from "../../jobs/state-machine.ts";

/** A request as it came in. */
export interface Seen {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

const spec: JobSpec = { kind: "transcode", container: "mp4", video: { codec: "h264" }, audio: { codec: "aac" } };
export const preset = { name: "mp4-h264", version: 1, title: "MP4", description: "H.264 and AAC", spec };
const partBytes = 400;
const singleMax = 1_000;

/**
 * A control plane and its storage over real HTTP, speaking the contracts, that does what a test tells it: faults are
 * answers that `intercept` gives, and a job's life is the list `frames`.
 */
export async function startScriptedServer() {
  const seen: Seen[] = [];
  const objects = new Map<string, Buffer>();
  const assets = new Map<string, { asset: Asset; parts: Set<number> }>();
  const jobs = new Map<string, Job>();
  const streams = new Map<string, Set<ServerResponse>>();
  const outputs = new Map<string, Buffer>([
    ["video.mp4", Buffer.from("converted ".repeat(500))],
    ["poster.jpg", Buffer.from("poster")],
  ]);

  const server = {
    url: "",
    key: "rw_test_key",
    seen,
    objects,
    assets,
    jobs,
    outputs,
    /** What every job goes through; without a terminal state the stream stays open. */
    frames: [{ state: "succeeded", stage: "finalizing", percent: 100 }] as Partial<JobStatus>[],
    /** Answers a request in the server's place by returning true. */
    intercept: (_seen: Seen, _response: ServerResponse, _request: IncomingMessage): boolean => false,
    count: (method: string, path: RegExp) => seen.filter((one) => one.method === method && path.test(one.path)).length,
    problem,
    send,
    addJob,
    framesOf,
    close: () =>
      new Promise<void>((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };

  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;
    }
    const one = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: Buffer.concat(chunks),
    };
    seen.push(one);
    if (server.intercept(one, response, request)) return;
    if (one.path.startsWith("/storage/")) storage(one, response);
    else api(one, response);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const address = http.address();
  if (typeof address === "string" || address === null) throw new Error("no port");
  server.url = `http://127.0.0.1:${address.port}`;
  return server;

  function problem(response: ServerResponse, code: ErrorCode, detail?: string, headers: Record<string, string> = {}) {
    const body = toProblem(new ReelwayError(code, detail), "req_test");
    response.writeHead(body.status, { "content-type": "application/problem+json", ...headers });
    response.end(JSON.stringify(body));
    return true;
  }

  function send(response: ServerResponse, body: unknown, status = 200) {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
    return true;
  }

  function signed(method: "PUT" | "GET", key: string) {
    return { method, url: `${server.url}/storage/${key}`, headers: {}, expiresAt: Date.now() + 600_000 };
  }

  function storage({ method, path, headers, body }: Seen, response: ServerResponse) {
    const key = path.replace(/^\/storage\//, "").replace(/\?.*$/, "");
    if (method === "PUT") {
      if (headers["content-length"] !== String(body.length)) return void response.writeHead(403).end();
      objects.set(key, body);
      // R2 answers a part with an opaque, long tag.
      const etag = createHash("sha512").update(body).digest("base64url").repeat(2);
      return void response.writeHead(200, { etag: `"${etag}"` }).end();
    }
    const bytes = objects.get(key);
    if (!bytes) return void response.writeHead(404).end();
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
    return void response
      .writeHead(from > 0 ? 206 : 200, { "content-length": bytes.length - from })
      .end(bytes.subarray(from));
  }

  function uploadOf({ asset, parts }: { asset: Asset; parts: Set<number> }) {
    const upload =
      asset.bytes <= singleMax
        ? { kind: "single", request: signed("PUT", asset.id) }
        : { kind: "multipart", partBytes, partCount: Math.ceil(asset.bytes / partBytes) };
    return { asset, upload: asset.state === "ready" ? null : upload, uploadedParts: [...parts] };
  }

  function api(one: Seen, response: ServerResponse) {
    const [path = ""] = one.path.replace("/api/v1", "").split("?");
    const json: unknown = one.body.length > 0 ? JSON.parse(one.body.toString()) : undefined;
    const [, kind = "", id = "", verb = "", part = ""] = path.split("/");
    const on = `${one.method} ${[kind, id && ":id", verb, part && ":n"].filter(Boolean).join("/")}`;
    if (one.headers.authorization !== `Bearer ${server.key}`) return problem(response, "unauthenticated");
    if (kind === "assets") return assetRoutes(on, id, Number(part), json, response);
    if (kind === "jobs") return jobRoutes(on, id, json, response);
    if (on === "GET presets/:id" && id === preset.name) return send(response, preset);
    if (on === "GET presets") return send(response, { items: [preset] });
    return problem(response, "not_found", `${one.method} ${path}`);
  }

  function assetRoutes(on: string, id: string, part: number, json: unknown, response: ServerResponse) {
    if (on === "POST assets") {
      const { name = "", bytes = 0, contentType, region = "enam" } = AssetRequest.parse(json);
      const asset: Asset = {
        id: newRegionalId("ast", region),
        name,
        bytes,
        contentType,
        region,
        state: "uploading",
        etag: null,
        source: null,
        fetchJobId: null,
        error: null,
        createdAt: Date.now(),
        completedAt: null,
      };
      const entry = { asset, parts: new Set<number>() };
      assets.set(asset.id, entry);
      const { upload } = uploadOf(entry);
      return send(response, { asset, upload }, 201);
    }
    const entry = assets.get(id);
    if (!entry) return problem(response, "not_found", "no such asset");
    if (on === "GET assets/:id/upload") return send(response, uploadOf(entry));
    if (on === "POST assets/:id/parts") {
      const parts = PartUrlsRequest.parse(json).parts.map(({ partNumber, md5 }) => {
        const request = signed("PUT", `${id}.${partNumber}`);
        return { partNumber, request: md5 === undefined ? request : { ...request, headers: { "content-md5": md5 } } };
      });
      return send(response, { parts });
    }
    if (on === "PUT assets/:id/parts/:n") {
      UploadedPart.parse(json);
      entry.parts.add(part);
      return send(response, {});
    }
    if (on === "POST assets/:id/complete") {
      const upload = uploadOf(entry).upload;
      const keys =
        upload && "partCount" in upload ? Array.from({ length: upload.partCount }, (_, n) => `${id}.${n + 1}`) : [id];
      const bytes = Buffer.concat(keys.map((key) => objects.get(key) ?? Buffer.alloc(0)));
      if (bytes.length !== entry.asset.bytes) return problem(response, "upload_parts_missing", "some");
      objects.set(id, bytes);
      entry.asset = { ...entry.asset, state: "ready", etag: "x", completedAt: Date.now() };
      return send(response, entry.asset);
    }
    if (on === "DELETE assets/:id") {
      assets.delete(id);
      return send(response, { assetId: id, objects: 1, bytes: 1, erasedAt: 1, pendingUntil: null, outputs: null });
    }
    return send(response, entry.asset);
  }

  function addJob(change: Partial<Job> = {}): Job {
    const job: Job = {
      id: newRegionalId("job", "enam"),
      assetId: newRegionalId("ast", "enam"),
      region: "enam",
      kind: "transcode",
      preset: "mp4-h264@1",
      spec,
      state: "queued",
      priority: 50,
      startAt: null,
      hardware: "prefer",
      runnerLabels: [],
      tags: [],
      metadata: {},
      run: 1,
      attempt: 1,
      error: null,
      outputs: [],
      source: null,
      execution: null,
      awaitsSource: false,
      webhookUrl: null,
      destination: null,
      delivery: null,
      batchId: null,
      createdAt: Date.now() - 120_000,
      startedAt: null,
      playableAt: null,
      finishedAt: null,
      ...change,
    };
    jobs.set(job.id, job);
    return job;
  }

  function framesOf(id: string): JobStatus[] {
    return server.frames.map((frame, index) => ({
      id,
      state: "running",
      stage: "processing",
      percent: 0,
      message: "",
      attempt: 1,
      fps: null,
      speed: null,
      etaSeconds: null,
      error: null,
      updatedAt: Date.now(),
      sequence: index + 1,
      ...frame,
    }));
  }

  function finished(job: Job): Job {
    const files = [...outputs].map(([name, bytes]) => ({
      name,
      role: name === "video.mp4" ? ("video" as const) : ("poster" as const),
      bytes: bytes.length,
      contentType: name === "video.mp4" ? "video/mp4" : "image/jpeg",
      md5: createHash("md5").update(bytes).digest("hex"),
      sha256: createHash("sha256").update(bytes).digest("hex"),
    }));
    return { ...job, state: "succeeded", outputs: files, startedAt: job.createdAt, finishedAt: job.createdAt + 5_000 };
  }

  function jobRoutes(on: string, id: string, json: unknown, response: ServerResponse) {
    if (on === "POST jobs") {
      const { assetId, priority, tags } = JobRequest.parse(json);
      return send(response, addJob({ ...(assetId === undefined ? {} : { assetId }), priority, tags }), 201);
    }
    if (on === "GET jobs") return send(response, { items: [...jobs.values()].reverse(), nextCursor: null });
    const job = jobs.get(id);
    if (!job) return problem(response, "not_found", "no such job");
    const frames = framesOf(id);
    const last = frames.at(-1);
    if (on === "GET jobs/:id/status") return send(response, last);
    if (on === "GET jobs/:id/events") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const frame of frames)
        response.write(`id: ${frame.sequence}\nevent: status\ndata: ${JSON.stringify(frame)}\n\n`);
      if (last && isTerminal(last.state)) return response.end();
      streams.set(id, (streams.get(id) ?? new Set()).add(response));
      return true;
    }
    if (on === "POST jobs/:id/cancel") {
      jobs.set(id, { ...job, state: "canceled" });
      for (const stream of streams.get(id) ?? []) stream.end();
      return send(response, jobs.get(id));
    }
    if (on === "GET jobs/:id/outputs") {
      const items = finished(job).outputs.map(({ name, role, bytes, contentType }) => {
        objects.set(`${id}-${name}`, outputs.get(name) ?? Buffer.alloc(0));
        const { url, expiresAt } = signed("GET", `${id}-${name}`);
        return { name, role, bytes, contentType, url, expiresAt };
      });
      return send(response, { items });
    }
    return send(response, last?.state === "succeeded" && job.state !== "canceled" ? finished(job) : job);
  }
}

export type ScriptedServer = Awaited<ReturnType<typeof startScriptedServer>>;
