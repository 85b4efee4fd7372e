import { availableParallelism, homedir, hostname } from "node:os";
import { join, resolve } from "node:path";
import { Label } from "@reelway/shared/contracts/job";
import { plainText } from "@reelway/shared/contracts/text";
import { type FieldError, ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import type { UrlPolicy } from "@reelway/shared/net/url-guard";
import { RegionId } from "@reelway/shared/regions";
import { OtlpEndpoint, OtlpHeaders, otlpSettings, TraceSampleRatio } from "@reelway/shared/telemetry/otlp-settings";
import { z } from "zod";
import { cpuShare, memoryShare } from "./box/limits.ts";
import type { SandboxSettings } from "./box/open-sandbox.ts";
import { ByteSize } from "./byte-size.ts";
import { DeviceList } from "./hardware/device-list.ts";
import { hostMemoryBytes } from "./hardware/host-memory.ts";
import { readSecretFiles } from "./secret-files.ts";

const Seconds = (minimum: number, maximum: number) =>
  z.coerce.number("must be a number of seconds").min(minimum).max(maximum);
const Path = z
  .string()
  .min(1)
  .transform((path) => resolve(path));
const cores = availableParallelism();
const stateRoot = process.env.XDG_STATE_HOME ?? join(homedir(), ".local", "state");

/** Every setting of a runner, by its environment variable. docs/configuration.md repeats this table. */
const Environment = z.object({
  /** Where the control plane answers, such as `https://reelway.example.com`. Required. */
  REELWAY_URL: z
    .url({ protocol: /^https?$/, error: "must be the control plane's http(s) URL" })
    .refine((url) => !/^\w+:\/\/[^/?#]*@/.test(url), "must not carry a name or password"),
  /** Registers this runner on its first start (`reelway runners token`). Not needed once STATE_DIR holds a credential. */
  REELWAY_REGISTRATION_TOKEN: z.string().min(1).max(200).optional(),
  /** A file that holds the registration token, as container secrets do. */
  REELWAY_REGISTRATION_TOKEN_FILE: Path.optional(),
  /** The name that people see. Default: the host's name. */
  RUNNER_NAME: plainText(100)
    .pipe(z.string().min(1))
    .default(hostname().slice(0, 100) || "runner"),
  /** The region whose work it does; tasks' bytes live there. Required. */
  RUNNER_REGION: z.enum(RegionId.options, `must be one of ${RegionId.options.join(", ")}`),
  /** Labels that jobs may ask for, separated by commas. Default: none. Fixed at registration. */
  RUNNER_LABELS: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((label) => label.trim())
        .filter((label) => label !== ""),
    )
    .pipe(z.array(Label).max(20)),
  /** Keeps runner.json (id and credential, mode 0600). One runner per directory. Default: ~/.local/state/reelway-runner. */
  STATE_DIR: Path.default(join(stateRoot, "reelway-runner")),
  /** Where tasks' private directories are made; must be on a real disk. Default: STATE_DIR/scratch. */
  SCRATCH_DIR: Path.optional(),
  /** The most that all tasks together may hold on disk: bytes, or a number with KiB, MiB, GiB, TiB. Default: 50GiB. */
  SCRATCH_MAX_BYTES: ByteSize.pipe(z.int().min(64 * 1024 * 1024)).default(50 * 1024 ** 3),
  /** Tasks at once. Default: half of the cores, at least 1. */
  CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(Math.max(1, Math.floor(cores / 2))),
  /** The ffmpeg to run: a path, or a name on PATH. */
  FFMPEG_PATH: z.string().min(1).default("ffmpeg"),
  /** The ffprobe to run: a path, or a name on PATH. */
  FFPROBE_PATH: z.string().min(1).default("ffprobe"),
  /** The media engine to run: a path, or a name on PATH. Default: `reelway-media`, and where there is none, none. */
  ENGINE_PATH: z.string().min(1).optional(),
  /** Memory that its tasks may be given, together: bytes, or a number with a unit. Default: all that the host or container has. */
  MEMORY_MAX: ByteSize.pipe(z.int().min(256 * 1024 * 1024)).optional(),
  /** Threads per ffmpeg. Default `auto`: as many cores as the task can use and others leave it. */
  FFMPEG_THREADS: z.union([z.literal("auto"), z.coerce.number().int().min(1).max(512)]).default("auto"),
  /** Devices to use: `auto` all that are found and proved, `none`, or a list such as `nvidia:0,vaapi:/dev/dri/renderD128`. */
  DEVICES: DeviceList,
  /** A device that keeps failing rests for this long, seconds, before it is tried again; longer each time that it does not help. */
  DEVICE_REST_SECONDS: Seconds(1, 3_600).default(60),
  /** Pictures that each device encodes at once. Default `auto`: as many as it was seen to do. */
  DEVICE_SESSIONS: z.union([z.literal("auto"), z.coerce.number().int().min(1).max(256)]).default("auto"),
  /** How far the programs of tasks yield the cores to everything else on the host, 0 to 19 (nice(1)). */
  NICE: z.coerce.number().int().min(0).max(19).default(5),
  /** What must hold the programs that open media: `require` a sandbox in which nothing of the host is reached, `auto` the best that there is, `off` none. */
  SANDBOX: z.enum(["require", "auto", "off"]).default("auto"),
  /** The most memory that one of them may hold. Default `auto`: twice what the task is expected to need, at least this slot's share of the host's, 4 to 32 GiB. */
  SANDBOX_MEMORY: z.union([z.literal("auto"), ByteSize.pipe(z.int().min(256 * 1024 * 1024))]).default("auto"),
  /** The longest file that one may write. Default: SCRATCH_MAX_BYTES. */
  SANDBOX_FILE_BYTES: ByteSize.pipe(z.int().min(1024 * 1024)).optional(),
  /** The most files that one may hold open. */
  SANDBOX_OPEN_FILES: z.coerce.number().int().min(64).max(1_048_576).default(1_024),
  /** The most processes and threads of one task. */
  SANDBOX_PROCESSES: z.coerce.number().int().min(64).max(1_000_000).default(4_096),
  /** The most processor time that one program may use, seconds. Default `auto`: every core for JOB_TIMEOUT. */
  SANDBOX_CPU_SECONDS: z.union([z.literal("auto"), z.coerce.number().int().min(1)]).default("auto"),
  /** As root: programs run as this user, and those after it, one for each task at once. */
  SANDBOX_UID: z.coerce.number().int().min(1).max(4_294_000_000).default(70_000),
  /** Further files and directories that every one may read, separated by colons: where ffmpeg lies outside of /usr with libraries of its own. */
  SANDBOX_PATHS: z
    .string()
    .default("")
    .transform((text) => text.split(":").filter((path) => path !== ""))
    .pipe(z.array(z.string().startsWith("/", "must be absolute paths"))),
  /** Longest run of one attempt, seconds: caps what the task itself allows. Default: 6 hours. */
  JOB_TIMEOUT: Seconds(1, 7 * 86_400).default(limits.jobTimeoutSeconds),
  /** No progress of ffmpeg for this long is a stall, seconds; ten times as long while it computes. */
  STALL_TIMEOUT: Seconds(1, 3_600).default(60),
  /** After SIGTERM running tasks may finish for this long, seconds; then they are handed back. */
  DRAIN_GRACE: Seconds(0, 86_400).default(30),
  /** Outputs of this size and more go up as multipart: bytes, or a number with a unit. Default: 64MiB. */
  MULTIPART_THRESHOLD: ByteSize.pipe(
    z
      .int()
      .min(limits.partBytesMin)
      .max(5 * 1024 ** 3),
  ).default(limits.multipartThresholdBytes),
  /** Finished results wait this long for a storage that is away, seconds, before the attempt fails. */
  SPOOL_SECONDS: Seconds(0, 86_400).default(600),
  /** Asks for work this often even when no doorbell rings, seconds. */
  POLL_SECONDS: Seconds(0.1, 3_600).default(30),
  /** Takes only what has waited for a runner this long, seconds: hosts that don't hold back go first. Default: 0, anything. */
  HOLD_BACK_SECONDS: Seconds(0, limits.holdBackSecondsMax).int("must be whole seconds").default(0),
  /** Lets sources and tenants' buckets lead to private addresses, over http too: for tests and closed networks. Default: false. */
  ALLOW_PRIVATE_URLS: z.stringbool("must be true or false").default(false),
  /** Address of the health and metrics server. It shows no secrets, but keep it inside. */
  HEALTH_HOST: z.string().min(1).default("127.0.0.1"),
  /** Its port; 0 takes a free one, which the ready line names. */
  HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  /** Least level of what is logged. */
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  /** The collector that traces go to, such as `https://otel.example.com`. Default: none, no traces. */
  OTEL_EXPORTER_OTLP_ENDPOINT: OtlpEndpoint,
  /** Sent to it: `name=value` pairs with commas between. */
  OTEL_EXPORTER_OTLP_HEADERS: OtlpHeaders,
  /** A file that holds them. */
  OTEL_EXPORTER_OTLP_HEADERS_FILE: Path.optional(),
  /** Of the traces that begin here, the share that is kept; those of a job follow the control plane. */
  OTEL_TRACES_SAMPLE_RATIO: TraceSampleRatio,
});

export type Config = ReturnType<typeof readConfig>;

/**
 * The validated, frozen settings.
 * @throws ReelwayError invalid_request; its `errors` name each wrong variable and what it wants.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>) {
  const given = readSecretFiles(environment);
  const parsed = Environment.safeParse(withoutEmpty(given.environment));
  const wrong = parsed.error?.issues.map((issue) => wantedOf(issue, given.environment)) ?? [];
  if (!parsed.success || given.errors.length > 0) throw configError([...given.errors, ...wrong]);
  const settings = parsed.data;
  const memoryBytes = settings.MEMORY_MAX ?? hostMemoryBytes();
  return Object.freeze({
    url: settings.REELWAY_URL.replace(/\/+$/, ""),
    registrationToken: settings.REELWAY_REGISTRATION_TOKEN,
    name: settings.RUNNER_NAME,
    region: settings.RUNNER_REGION,
    labels: settings.RUNNER_LABELS,
    stateDirectory: settings.STATE_DIR,
    scratchDirectory: settings.SCRATCH_DIR ?? join(settings.STATE_DIR, "scratch"),
    scratchMaxBytes: settings.SCRATCH_MAX_BYTES,
    slots: settings.CONCURRENCY,
    /** As far as the control plane may raise it. */
    slotsMax: Math.max(settings.CONCURRENCY, cores),
    ffmpegPath: settings.FFMPEG_PATH,
    ffprobePath: settings.FFPROBE_PATH,
    enginePath: settings.ENGINE_PATH,
    cores,
    memoryBytes,
    /** Null: as the task's share of the cores is. */
    threads: settings.FFMPEG_THREADS === "auto" ? null : settings.FFMPEG_THREADS,
    devices: settings.DEVICES,
    deviceRestMs: settings.DEVICE_REST_SECONDS * 1_000,
    /** Null: as each was seen to do. */
    deviceSessions: settings.DEVICE_SESSIONS === "auto" ? null : settings.DEVICE_SESSIONS,
    niceness: settings.NICE,
    sandbox: {
      mode: settings.SANDBOX,
      limits: {
        memoryBytes:
          settings.SANDBOX_MEMORY === "auto" ? memoryShare(settings.CONCURRENCY, memoryBytes) : settings.SANDBOX_MEMORY,
        fileBytes: settings.SANDBOX_FILE_BYTES ?? settings.SCRATCH_MAX_BYTES,
        openFiles: settings.SANDBOX_OPEN_FILES,
        processes: settings.SANDBOX_PROCESSES,
        cpuSeconds:
          settings.SANDBOX_CPU_SECONDS === "auto" ? cpuShare(settings.JOB_TIMEOUT) : settings.SANDBOX_CPU_SECONDS,
      },
      // What its owner set is the last word.
      memoryMostBytes: settings.SANDBOX_MEMORY === "auto" ? memoryBytes : settings.SANDBOX_MEMORY,
      firstUser: settings.SANDBOX_UID,
      morePaths: settings.SANDBOX_PATHS,
    } satisfies SandboxSettings,
    jobTimeoutMs: settings.JOB_TIMEOUT * 1_000,
    stallMs: settings.STALL_TIMEOUT * 1_000,
    drainGraceMs: settings.DRAIN_GRACE * 1_000,
    multipartThresholdBytes: settings.MULTIPART_THRESHOLD,
    spoolMs: settings.SPOOL_SECONDS * 1_000,
    pollMs: settings.POLL_SECONDS * 1_000,
    holdBackSeconds: settings.HOLD_BACK_SECONDS,
    /** What URLs that users gave may lead to. */
    urlPolicy: {
      allowPrivate: settings.ALLOW_PRIVATE_URLS,
      ownHosts: [new URL(settings.REELWAY_URL).hostname],
    } satisfies UrlPolicy,
    healthHost: settings.HEALTH_HOST,
    healthPort: settings.HEALTH_PORT,
    logLevel: settings.LOG_LEVEL,
    otlp: otlpSettings(
      settings.OTEL_EXPORTER_OTLP_ENDPOINT,
      settings.OTEL_EXPORTER_OTLP_HEADERS,
      settings.OTEL_TRACES_SAMPLE_RATIO,
    ),
  });
}

/** A variable set to nothing is a variable not set: compose files and unit files write them so. */
function withoutEmpty(environment: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
}

function wantedOf(issue: z.core.$ZodIssue, environment: Readonly<Record<string, string | undefined>>): FieldError {
  const path = String(issue.path[0]);
  return { path, message: environment[path] ? issue.message : `is required (${issue.message})` };
}

function configError(errors: FieldError[]): ReelwayError {
  const detail = errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
  return new ReelwayError("invalid_request", detail, { errors });
}
