import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { systemPacing } from "@reelway/shared/client/retry";
import type { InputRole } from "@reelway/shared/contracts/grant";
import { JobSpec } from "@reelway/shared/contracts/job-spec";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import type { StreamStep } from "@reelway/shared/contracts/stream-step";
import { execa } from "execa";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import type { z } from "zod";
import type { MediaEngine } from "../../../src/engine/open-engine.ts";
import type { FfmpegTools } from "../../../src/ffmpeg/tools.ts";
import { kindOf } from "../../../src/kinds/catalogue.ts";
import { downloadedRoles } from "../../../src/kinds/downloaded-roles.ts";
import type { KindContext, KindResult } from "../../../src/kinds/kind.ts";
import { tools as systemTools } from "../../media-tools.ts";
import { testEngine } from "../../support/engine.ts";
import { md5Of, type StorageServer, startStorage } from "../../support/storage-server.ts";

type StreamWish = Omit<z.input<typeof JobSpec> & { kind: "stream" }, "kind">;

/** A stream's tasks, run one by one on real files, with their inputs on a server that counts what is read. */
export class StreamJob {
  readonly engine: MediaEngine;
  readonly storage: StorageServer;
  /** Where the outputs of all tasks come together, as players find them. */
  readonly directory: string;
  readonly reports: PackageReport[] = [];
  /** Grants that a task asked for because the storage refused the one before. */
  refusals = 0;
  /** Sidecar subtitles, in the order of the spec. */
  subtitles: readonly string[] = [];
  readonly #spec: z.infer<typeof JobSpec>;
  readonly #root: string;
  readonly #tools: FfmpegTools;
  #runs = 0;

  private constructor(parts: {
    engine: MediaEngine;
    storage: StorageServer;
    root: string;
    wish: StreamWish;
    tools: FfmpegTools;
  }) {
    this.engine = parts.engine;
    this.storage = parts.storage;
    this.#root = parts.root;
    this.directory = join(parts.root, "title");
    this.#spec = JobSpec.parse({ kind: "stream", ...parts.wish });
    this.#tools = parts.tools;
  }

  static async of(source: string, wish: StreamWish, tools: FfmpegTools = systemTools): Promise<StreamJob> {
    const root = await mkdtemp(join(tmpdir(), "reelway-stream-"));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    const storage = await startStorage();
    storage.objects.set("source", await readFile(source));
    const job = new StreamJob({ engine: await testEngine(), storage, root, wish, tools });
    await mkdir(job.directory);
    return job;
  }

  /** Runs the first task. Its index is then an input of the others. */
  async plan(): Promise<{ plan: StreamPlan; bytes: string; result: KindResult }> {
    const result = await this.run({ kind: "plan" });
    const bytes = await readFile(join(this.directory, "plan.json"), "utf8");
    this.storage.objects.set("plan", Buffer.from(bytes));
    const index = result.files.find(({ role }) => role === "index");
    if (index) this.storage.objects.set("index", await readFile(join(this.directory, index.name)));
    return { plan: StreamPlan.parse(JSON.parse(bytes)), bytes, result };
  }

  /** Runs all encodes of a plan, the last chunk first. */
  async encodeAll({ video, chunks, whole, segmentSeconds }: StreamPlan): Promise<void> {
    if (video === null) return;
    const parts = whole === null ? [...chunks].reverse() : [null];
    for (const chunk of parts) await this.run({ kind: "encode", video, segmentSeconds, chunk });
  }

  async run(step: StreamStep): Promise<KindResult> {
    const root = join(this.#root, `task-${++this.#runs}`);
    const place = (name: string) => join(root, name);
    for (const name of ["work", "out", "in"]) await mkdir(place(name), { recursive: true });
    const inputs: Partial<Record<InputRole, string[]>> = {};
    const download = async (role: InputRole) => {
      const path = join(place("in"), role);
      await writeFile(path, this.#object(role));
      inputs[role] = [path];
      return path;
    };
    for (const role of downloadedRoles({ step })) {
      if (role === "subtitles") inputs[role] = [...this.subtitles];
      else await download(role);
    }
    const context: KindContext = {
      task: {
        ...{ taskId: "tsk_test", jobId: "job_test", epoch: 1, attempt: 1, expiresAt: 0, leaseMs: 30_000 },
        ...{ leaseToken: "", timeoutSeconds: 600, hardware: "prefer", spec: this.#spec, step, inputs: [] },
      },
      inputs,
      download,
      remote: (role) => {
        const etag = md5Of(this.#object(role));
        const request = this.storage.grant("GET", role, { "If-Match": `"${etag}"` });
        return {
          bytes: this.#object(role).length,
          etag,
          request: async (refused = false) => {
            if (refused) this.refusals++;
            return request;
          },
        };
      },
      packageReports: async () => this.reports,
      workDirectory: place("work"),
      outputDirectory: place("out"),
      claimSpace: async () => 1024 ** 3,
      tools: this.#tools,
      engine: this.engine,
      ...{ threads: 2, stallMs: 120_000, storageStallMs: 30_000, pacing: systemPacing },
      urlPolicy: { allowPrivate: false, ownHosts: [] },
      signal: new AbortController().signal,
      report: () => {},
      onProcessGroup: () => {},
      log: pino({ level: "silent" }),
    };
    const result = await kindOf("stream")(context);
    for (const { path, name } of result.files) {
      await mkdir(dirname(join(this.directory, name)), { recursive: true });
      await cp(path, join(this.directory, name));
    }
    if (result.report) this.reports.push(result.report);
    return result;
  }

  /** Writes the title's playlists beside its segments, as its end will, and returns their folder. */
  async publish(): Promise<string> {
    const paths = this.reports.map((_, index) => join(this.#root, `report-${index}.json`));
    for (const [index, path] of paths.entries()) await writeFile(path, JSON.stringify(this.reports[index]));
    const lists = join(this.#root, "lists");
    await execa(this.engine.path, ["manifest", ...paths, "-o", lists]);
    await cp(lists, this.directory, { recursive: true });
    return this.directory;
  }

  /** A rendition as one progressive file: what ffmpeg reads of fragments it shows late, by a constant that may grow. */
  async stitched(rendition: string): Promise<string> {
    const path = join(this.#root, `${rendition}.mp4`);
    await execa(this.engine.path, ["stitch", join(this.directory, rendition), "-o", path]);
    return path;
  }

  /** Bytes that were read of the source. */
  get sourceBytesRead(): number {
    return this.storage.seen
      .filter(({ key, method }) => key === "source" && method === "GET")
      .reduce((sum, { range }) => sum + lengthOf(range, this.#object("source").length), 0);
  }

  #object(role: string): Buffer {
    const object = this.storage.objects.get(role);
    if (object === undefined) throw new Error(`nothing lies at ${role}`);
    return object;
  }
}

function lengthOf(range: string | undefined, whole: number): number {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
  if (from === undefined) return whole;
  return Math.min(to === undefined || to === "" ? whole - 1 : Number(to), whole - 1) - Number(from) + 1;
}
