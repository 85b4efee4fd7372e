import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemPacing } from "@reelway/shared/client/retry";
import type { InputRole, RenditionFiles } from "@reelway/shared/contracts/grant";
import type { HardwareUse } from "@reelway/shared/contracts/job";
import { JobSpec } from "@reelway/shared/contracts/job-spec";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import type { PartFindings } from "@reelway/shared/contracts/quality";
import { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { partOf, type StreamStep } from "@reelway/shared/contracts/stream-step";
import type { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { initFile, segmentFile } from "@reelway/shared/streams/rendition-files";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { execa } from "execa";
import { pino } from "pino";
import type { z } from "zod";
import type { Box } from "../../../src/box/box.ts";
import type { MediaEngine } from "../../../src/engine/open-engine.ts";
import type { FfmpegTools } from "../../../src/ffmpeg/tools.ts";
import type { DeviceHealth } from "../../../src/hardware/device-breakers.ts";
import { DeviceSessions, type TaskSessions } from "../../../src/hardware/device-sessions.ts";
import { kindOf } from "../../../src/kinds/catalogue.ts";
import { downloadedRoles } from "../../../src/kinds/downloaded-roles.ts";
import type { KindContext, KindResult } from "../../../src/kinds/kind.ts";
import type { SampleVerdict } from "../../../src/kinds/samples/verdict.ts";
import { MadeFiles } from "../../../src/take-home/made-files.ts";
import { tools as systemTools } from "../../media-tools.ts";
import { testBox } from "../../support/box.ts";
import { testEngine } from "../../support/engine.ts";
import { noDevices } from "../../support/no-devices.ts";
import { md5Of, type StorageServer, startStorage } from "../../support/storage-server.ts";

type StreamWish = Omit<z.input<typeof JobSpec> & { kind: "stream" }, "kind">;

/** A stream's tasks, run one by one on real files, with their inputs on a server that counts what is read. */
export class StreamJob {
  readonly engine: MediaEngine;
  readonly storage: StorageServer;
  /** Where the outputs of all tasks come together, as players find them. */
  readonly directory: string;
  readonly reports: PackageReport[] = [];
  readonly findings: PartFindings[] = [];
  /** What came of it when results were held against their source. */
  readonly samples: SampleVerdict[] = [];
  /** Grants that a task asked for because the storage refused the one before. */
  refusals = 0;
  /** Grants for files that other tasks made. */
  grantedFiles = 0;
  /** Sidecar subtitles, in the order of the spec. */
  subtitles: readonly string[] = [];
  /** What the next tasks may take of another stream, by the names that it gets here; a failure is met by who brings it. */
  reused: ReadonlyMap<string, Buffer | ReelwayError> = new Map();
  hardware: HardwareUse = "prefer";
  devices: DeviceHealth = noDevices;
  sessions: TaskSessions = new DeviceSessions().open();
  /** Where its programs run, where it is not the usual box. */
  box: Box | null = null;
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
    const root = folderOfTest("stream");
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
    const directories = ["work", "out", "in"].map(place);
    for (const directory of directories) await mkdir(directory, { recursive: true });
    const box = this.box ?? (await testBox(directories));
    const inputs: Partial<Record<InputRole, string[]>> = {};
    const download = async (role: InputRole) => {
      if (role === "reused") return bringReused();
      const path = join(place("in"), role);
      await writeFile(path, this.#object(role));
      inputs[role] = [path];
      return path;
    };
    const onDisk = async (role: InputRole, paths: readonly string[]) => {
      const copies = paths.map((from, index) => [from, join(place("in"), `${role}-${index + 1}`)] as const);
      for (const [from, to] of copies) await writeFile(to, await readFile(from));
      return copies.map(([, to]) => to);
    };
    const bringReused = async () => {
      for (const [index, bytes] of [...this.reused.values()].entries()) {
        if (!Buffer.isBuffer(bytes)) throw bytes;
        const path = join(place("in"), `reused-${index + 1}`);
        await writeFile(path, bytes);
        inputs.reused = [...(inputs.reused ?? []), path];
      }
      return inputs.reused?.[0] ?? "";
    };
    const presigned = (role: InputRole) => (name: string) => ({
      ...{ kind: "presigned" as const, role, bytes: 1, etag: "", contentType: "video/mp4", name },
      request: { method: "GET" as const, url: "", headers: {}, expiresAt: 0 },
    });
    for (const role of downloadedRoles({ step })) {
      if (role === "subtitles") inputs[role] = await onDisk(role, this.subtitles);
      else if (role === "encoded")
        inputs[role] = await onDisk(
          role,
          this.#encodedBy(step).map((name) => join(this.directory, name)),
        );
      else await download(role);
    }
    const context: KindContext = {
      task: {
        ...{ taskId: "tsk_test", jobId: "job_test", epoch: 1, attempt: 1, expiresAt: 0, leaseMs: 30_000 },
        ...{ leaseToken: "", timeoutSeconds: 600, needs: [], hardware: this.hardware, spec: this.#spec, step },
        inputs: [
          ...this.#encodedBy(step).map(presigned("encoded")),
          ...[...this.reused.keys()].map(presigned("reused")),
        ],
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
      findings: async () => this.findings,
      renditionFiles: async ({ rendition, from }) => this.#grantsOf(rendition, from),
      box,
      inputDirectory: place("in"),
      workDirectory: place("work"),
      outputDirectory: place("out"),
      made: new MadeFiles(),
      claimSpace: async () => 1024 ** 3,
      takeMemory: () => {},
      tools: this.#tools,
      devices: this.devices,
      sessions: this.sessions,
      engine: this.engine,
      ...{ threads: 2, stallMs: 120_000, storageStallMs: 30_000, pacing: systemPacing },
      urlPolicy: { allowPrivate: false, ownHosts: [] },
      signal: new AbortController().signal,
      report: () => {},
      onSample: (verdict) => this.samples.push(verdict),
      onProcessGroup: () => {},
      log: pino({ level: "silent" }),
    };
    const result = await kindOf("stream")(context);
    for (const { path, name } of result.files) {
      await mkdir(dirname(join(this.directory, name)), { recursive: true });
      await cp(path, join(this.directory, name));
      this.storage.objects.set(name, await readFile(path));
    }
    if (result.report) this.reports.push(result.report);
    const { factors, quality } = result;
    if (factors || quality)
      this.findings.push({ part: partOf(step), ...(factors && { factors }), ...(quality && { quality }) });
    return result;
  }

  /** The files that a measuring step is about: as the control plane names them, init segments first. */
  #encodedBy(step: StreamStep): string[] {
    if (step.kind !== "quality") return [];
    const ids = step.video.renditions.map(({ id }) => id);
    const first = step.chunk?.firstSegment ?? 1;
    const segments = (
      this.reports.find(({ renditions }) => renditions[0]?.segments[0]?.number === first)?.renditions ?? []
    )
      .filter(({ id }) => ids.includes(id))
      .flatMap(({ id, segments }) => segments.map(({ number }) => segmentFile(id, number)));
    return [...ids.map(initFile), ...segments];
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

  /** A few at a time, so that a short title has several answers. */
  #grantsOf(rendition: string, from: number): RenditionFiles {
    const numberOf = (name: string) => Number(/seg-(\d+)/.exec(name)?.[1] ?? 0);
    const all = [...this.storage.objects.keys()].filter((name) => /^[a-z0-9-]+\/(init\.mp4|seg-\d+\.m4s)$/.test(name));
    const names = all
      .filter((name) => name.startsWith(`${rendition}/`) && numberOf(name) >= from)
      .sort((a, b) => numberOf(a) - numberOf(b));
    const files = names.slice(0, 3).map((name) => {
      const etag = md5Of(this.#object(name));
      const request = this.storage.grant("GET", name, { "If-Match": `"${etag}"` });
      this.grantedFiles++;
      return {
        name,
        bytes: this.#object(name).length,
        etag,
        request: { ...request, url: `${request.url}&${this.grantedFiles}` },
      };
    });
    return { files, next: names[3] === undefined ? null : numberOf(names[3]) };
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
