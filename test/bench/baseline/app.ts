import { createReadStream } from "node:fs";
import { join } from "node:path";
import { JobRequest } from "@reelway/shared/contracts/job";
import { CompleteRequest, LeaseRequest, leaseTokenHeader } from "@reelway/shared/contracts/lease";
import { PageQuery } from "@reelway/shared/contracts/page";
import { problemContentType, toProblem } from "@reelway/shared/errors/problem";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { AssetId, JobId, newRegionalId } from "@reelway/shared/ids";
import { findPreset } from "@reelway/shared/presets/catalogue";
import type { Queue } from "bullmq";
import fastify, { type FastifyInstance } from "fastify";
import type { Credentials } from "./credentials.ts";
import { jobStateOf } from "./job-states.ts";
import type { JobStore } from "./job-store.ts";
import type { Leases } from "./leases.ts";
import { bullPriority, queueName } from "./queue-name.ts";

export interface BaselineParts {
  readonly credentials: Credentials;
  readonly store: JobStore;
  readonly queue: Queue;
  readonly leases: Leases;
  readonly filesDirectory: string;
}

/** The same questions and answers as Reelway's API, as one would build them on fastify, BullMQ and Redis. */
export function createBaselineApp(parts: BaselineParts): FastifyInstance {
  const { credentials, store, queue, leases } = parts;
  const app = fastify({ logger: true, genReqId: () => crypto.randomUUID() });

  app.setErrorHandler((error, request, reply) => {
    const known = error instanceof ReelwayError ? error : new ReelwayError("internal", undefined, { cause: error });
    const problem = toProblem(known, request.id);
    if (problem.status >= 500) request.log.error(error);
    return reply.code(problem.status).type(problemContentType).send(problem);
  });

  app.get("/healthz", () => ({ status: "ok" }));

  app.post("/api/v1/jobs", async (request, reply) => {
    const { tenantId } = await credentials.authenticate(request.headers.authorization, "member");
    const body = parsed(JobRequest, request.body);
    const preset = body.preset === undefined ? undefined : findPreset(body.preset);
    const spec = body.spec ?? preset?.spec;
    if (spec === undefined) throw new ReelwayError("invalid_request", "there is no such preset");

    const id = newRegionalId("job", "enam");
    const row = { ...body, spec, kind: spec.kind, region: "enam", createdAt: Date.now(), id };
    const key = request.headers["idempotency-key"];
    const { jobId, replayed } = await store.create({
      id,
      tenantId,
      assetId: body.assetId ?? "",
      idempotencyKey: typeof key === "string" ? key : undefined,
      body,
      row,
    });
    // Also on a replay: the first request may have died between the two, and BullMQ ignores an id that it has.
    await queue.add(
      queueName,
      { assetId: body.assetId, spec },
      { jobId, priority: bullPriority(body.priority), attempts: 4, backoff: { type: "exponential", delay: 2_000 } },
    );
    return reply
      .code(201)
      .header("idempotency-replayed", String(replayed))
      .send({ ...row, id: jobId, state: "queued" });
  });

  app.get("/api/v1/jobs", async (request) => {
    const { tenantId } = await credentials.authenticate(request.headers.authorization, "member");
    const { limit, cursor } = parsed(PageQuery, request.query);
    const { rows, nextCursor } = await store.list(tenantId, limit, cursor);
    const items = await Promise.all(
      rows.map(async (row) => ({ ...row, state: await jobStateOf(queue, String(row.id)) })),
    );
    return { items, nextCursor };
  });

  app.get<{ Params: { id: string } }>("/api/v1/jobs/:id", async (request) => {
    const { tenantId } = await credentials.authenticate(request.headers.authorization, "member");
    const jobId = parsed(JobId, request.params.id);
    const [row, state] = await Promise.all([store.get(tenantId, jobId), jobStateOf(queue, jobId)]);
    return { ...row, state };
  });

  app.post("/api/v1/runner/leases", async (request) => {
    await credentials.authenticate(request.headers.authorization, "runner");
    const { max } = parsed(LeaseRequest, request.body);
    return { tasks: await leases.lease(max) };
  });

  app.post("/api/v1/leases/complete", async (request) => {
    await credentials.authenticate(request.headers.authorization, "runner");
    const { manifest } = parsed(CompleteRequest, request.body);
    const leaseToken = request.headers[leaseTokenHeader];
    if (typeof leaseToken !== "string") throw new ReelwayError("lease_token_invalid");
    await leases.complete(leaseToken, manifest);
    return { outcome: "completed" };
  });

  app.get<{ Params: { id: string } }>("/files/:id", (request, reply) => {
    const assetId = parsed(AssetId, request.params.id);
    return reply.type("application/octet-stream").send(createReadStream(join(parts.filesDirectory, assetId)));
  });
  return app;
}

interface Schema<Output> {
  safeParse(input: unknown): { success: true; data: Output } | { success: false; error: { message: string } };
}

function parsed<Output>(schema: Schema<Output>, input: unknown): Output {
  const result = schema.safeParse(input);
  if (!result.success) throw new ReelwayError("invalid_request", result.error.message);
  return result.data;
}
