import type { CommandTemplate } from "../media/command-template.ts";

/** Something that takes jobs and gives them out, measured from outside by the same HTTP questions. */
export interface Side {
  readonly name: string;
  readonly url: string;
  /** May create and read jobs. */
  readonly apiKey: string;
  /** An uploaded video that jobs are made of. */
  readonly assetId: string;
  /** Credentials of runners that exist only as HTTP clients. */
  readonly runnerCredentials: readonly string[];
  /** Starts the real worker, one job at a time, with this ffmpeg. */
  startWorker(options: WorkerOptions): Promise<{ stop(): Promise<void> }>;
  stop(): Promise<void>;
}

export interface WorkerOptions {
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
  /** What to run: for a worker that does not build its own command line. Null for one that does. */
  readonly template: CommandTemplate | null;
}
