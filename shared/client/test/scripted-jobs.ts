import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { type Job, JobRequest, type JobStatus } from "../../contracts/job.ts";
import type { JobSpec } from "../../contracts/job-spec.ts";
import { newRegionalId } from "../../ids.ts";
import { isTerminal } from "../../jobs/state-machine.ts";
import { problem, send } from "./answers.ts";
import type { ScriptedStorage } from "./scripted-storage.ts";

const spec: JobSpec = { kind: "transcode", container: "mp4", video: { codec: "h264" }, audio: { codec: "aac" } };
export const preset = { name: "mp4-h264", version: 1, title: "MP4", description: "H.264 and AAC", spec };

/** The jobs, all with the same life and the same outputs. */
export class ScriptedJobs {
  readonly jobs = new Map<string, Job>();
  readonly outputs = new Map<string, Buffer>([
    ["video.mp4", Buffer.from("converted ".repeat(500))],
    ["poster.jpg", Buffer.from("poster")],
  ]);
  readonly #streams = new Map<string, Set<ServerResponse>>();
  readonly #storage: ScriptedStorage;
  readonly #life: () => readonly Partial<JobStatus>[];

  /** `life` is what every job goes through; without a terminal state at its end the stream stays open. */
  constructor(storage: ScriptedStorage, life: () => readonly Partial<JobStatus>[]) {
    this.#storage = storage;
    this.#life = life;
  }

  add(change: Partial<Job> = {}): Job {
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
    this.jobs.set(job.id, job);
    return job;
  }

  framesOf(id: string): JobStatus[] {
    return this.#life().map((frame, index) => ({
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

  /** `on` is method and path with `:id` in the place of `id`. */
  answer(on: string, id: string, json: unknown, response: ServerResponse): true {
    if (on === "POST jobs") {
      const { assetId, priority, tags } = JobRequest.parse(json);
      return send(response, this.add({ ...(assetId === undefined ? {} : { assetId }), priority, tags }), 201);
    }
    if (on === "GET jobs") return send(response, { items: [...this.jobs.values()].reverse(), nextCursor: null });
    const job = this.jobs.get(id);
    if (!job) return problem(response, "not_found", "no such job");
    const last = this.framesOf(id).at(-1);
    switch (on) {
      case "GET jobs/:id/status":
        return send(response, last);
      case "GET jobs/:id/events":
        return this.#stream(id, response);
      case "POST jobs/:id/cancel":
        this.jobs.set(id, { ...job, state: "canceled" });
        for (const stream of this.#streams.get(id) ?? []) stream.end();
        return send(response, this.jobs.get(id));
      case "GET jobs/:id/outputs":
        return send(response, { items: this.#links(job) });
      default:
        return send(response, last?.state === "succeeded" && job.state !== "canceled" ? this.#finished(job) : job);
    }
  }

  #stream(id: string, response: ServerResponse): true {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const frames = this.framesOf(id);
    for (const frame of frames)
      response.write(`id: ${frame.sequence}\nevent: status\ndata: ${JSON.stringify(frame)}\n\n`);
    const last = frames.at(-1);
    if (last && isTerminal(last.state)) response.end();
    else this.#streams.set(id, (this.#streams.get(id) ?? new Set()).add(response));
    return true;
  }

  #finished(job: Job): Job {
    const files = [...this.outputs].map(([name, bytes]) => ({
      name,
      role: name === "video.mp4" ? ("video" as const) : ("poster" as const),
      bytes: bytes.length,
      contentType: name === "video.mp4" ? "video/mp4" : "image/jpeg",
      md5: createHash("md5").update(bytes).digest("hex"),
      sha256: createHash("sha256").update(bytes).digest("hex"),
    }));
    return { ...job, state: "succeeded", outputs: files, startedAt: job.createdAt, finishedAt: job.createdAt + 5_000 };
  }

  #links(job: Job) {
    return this.#finished(job).outputs.map(({ name, role, bytes, contentType }) => {
      const key = `${job.id}-${name}`;
      this.#storage.objects.set(key, this.outputs.get(name) ?? Buffer.alloc(0));
      const { url, expiresAt } = this.#storage.signed("GET", key);
      return { name, role, bytes, contentType, url, expiresAt };
    });
  }
}
