import type { Pacing } from "@reelway/shared/client/retry";
import type { InputRole, RenditionFiles, RenditionFilesRequest } from "@reelway/shared/contracts/grant";
import type { LeasedTask, ProgressReport } from "@reelway/shared/contracts/lease";
import type { EncodeAttempt, OutputRole, OutputSummary } from "@reelway/shared/contracts/manifest";
import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import type { InputRange } from "@reelway/shared/contracts/program-run";
import type { PartFactors, PartFindings, PartQuality } from "@reelway/shared/contracts/quality";
import type { UrlPolicy } from "@reelway/shared/net/url-guard";
import type { Logger } from "pino";
import type { Box } from "../box/box.ts";
import type { MediaEngine } from "../engine/open-engine.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import type { DeviceHealth } from "../hardware/device-breakers.ts";
import type { TaskSessions } from "../hardware/device-sessions.ts";
import type { RemoteInput } from "../storage/remote-input.ts";
import type { MadeFiles } from "../take-home/made-files.ts";
import type { SampleVerdict } from "./samples/verdict.ts";

/** What a kind of job is given: its inputs, a place to write, and a way to stop. */
export interface KindContext {
  readonly task: LeasedTask;
  /**
   * Downloaded and checked inputs, by role, in the order of the job's spec (downloaded-roles.ts says which are). Paths are
   * our own fixed names below the task's private scratch.
   */
  readonly inputs: Readonly<Partial<Record<InputRole, readonly string[]>>>;
  /** Brings an input to disk that was left where it lies, having made room for it; returns its path. */
  readonly download: (role: InputRole) => Promise<string>;
  /** An input where it lies. Throws runner_error where the task came without. */
  readonly remote: (role: InputRole) => RemoteInput;
  /** What the other tasks of a stream packaged, for those that join it. */
  readonly packageReports: () => Promise<readonly PackageReport[]>;
  /** What the other tasks of a stream found out about its quality, for the one that finishes it. */
  readonly findings: () => Promise<readonly PartFindings[]>;
  /** Grants for a rendition's files that other tasks of the stream made, some hundred at a time. */
  readonly renditionFiles: (wanted: RenditionFilesRequest) => Promise<RenditionFiles>;
  /** What programs that open media run in. */
  readonly box: Box;
  /** Where inputs lie that are on disk. */
  readonly inputDirectory: string;
  /** Intermediate files; gone after the task. */
  readonly workDirectory: string;
  /** Results; only what the answer lists is uploaded. */
  readonly outputDirectory: string;
  /**
   * Makes room for at least `bytes` in outputDirectory and workDirectory together, and answers how much they may hold.
   * Throws scratch_full where this host has less; the task goes back untried where others hold it for now.
   */
  readonly claimSpace: (bytes: number) => Promise<number>;
  /**
   * Says how much of the host's memory the programs take, bytes, once the source shows it. Throws UnfitTask where this host
   * has less, or other tasks hold it: nothing is waited for, since tasks that wait for each other would do so for ever.
   */
  readonly takeMemory: (bytes: number) => void;
  readonly tools: FfmpegTools;
  /** Which of this host's devices may be given work. */
  readonly devices: DeviceHealth;
  /** Of these devices, for this task. */
  readonly sessions: TaskSessions;
  /** Null on a host without one. */
  readonly engine: MediaEngine | null;
  /** Threads for ffmpeg (FFMPEG_THREADS, or this slot's share of the cores). */
  readonly threads: number;
  /** No progress for this long is a stall. */
  readonly stallMs: number;
  /** A socket of a storage on which nothing moves for this long is dead. */
  readonly storageStallMs: number;
  /** What URLs that users gave may lead to. */
  readonly urlPolicy: UrlPolicy;
  readonly pacing: Pacing;
  /** Aborted with a ReelwayError as its reason: cancel, lost lease, timeout, shutdown. */
  readonly signal: AbortSignal;
  /** Reports progress of the `processing` stage, as often as it likes: it is thinned out later. */
  readonly report: (progress: Pick<ProgressReport, "percent" | "fps" | "speed" | "etaSeconds" | "message">) => void;
  /** Told what came of it when a result was held against its source. */
  readonly onSample: (verdict: SampleVerdict) => void;
  /** Called with every child's process group, so that the lease keeper can kill it without this thread's help. */
  readonly onProcessGroup: (pid: number) => void;
  /** How files of workDirectory came about, for whoever wants to see a program fail once more. */
  readonly made: MadeFiles;
  /** What programs read of the source, where that is not all of it. */
  readonly inputRange?: InputRange;
  readonly log: Logger;
}

/** One file to upload. `path` lies below outputDirectory. */
export interface ProducedFile {
  readonly path: string;
  readonly name: string;
  readonly role: OutputRole;
  readonly contentType: string;
  readonly media?: OutputSummary;
}

export interface KindResult {
  readonly files: readonly ProducedFile[];
  /** What was read of the source; null for a fetch, which does not look into it. */
  readonly source: MediaInfo | null;
  /** What encoded the picture (or the sound, where there is none), such as `libx264`. */
  readonly encoder: string | null;
  /** What ran where until the picture was encoded. */
  readonly ran?: readonly EncodeAttempt[];
  /** What the engine packaged, where segments are among the files. */
  readonly report?: PackageReport;
  /** How a target quality was met, where there was one. */
  readonly factors?: PartFactors;
  /** What was measured, where that was the task. */
  readonly quality?: PartQuality;
}

/** Does one kind of job. Throws ReelwayError with a catalogued code; anything else counts as runner_error. */
export type Kind = (context: KindContext) => Promise<KindResult>;
