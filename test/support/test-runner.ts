import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { RegionId } from "@reelway/shared/regions";
import { type ProcessIdentity, processesMentioning, signal } from "@reelway/stack/process/identity";
import type { Exit, Service } from "@reelway/stack/process/service";
import { until } from "@reelway/stack/process/until";
import { RunnerReady, startRunner } from "@reelway/stack/runners";
import { environmentOfTests } from "./environment.ts";

const STOP_WITHIN_MS = 60_000;
const LOGGED_WITHIN_MS = 30_000;

export interface TestRunnerOptions {
  url: string;
  registrationToken: string;
  dataDir: string;
  number: number;
  region: RegionId;
  env: Readonly<Record<string, string>>;
}

/** A real runner as a child process. */
export class TestRunner {
  /** Rejects with the end of its log when it ends before it is ready. */
  readonly ready: Promise<void>;
  readonly exited: Promise<Exit>;
  /** What it was started with. */
  readonly options: TestRunnerOptions;
  readonly #home: string;
  readonly #service: Service;
  #ready: RunnerReady | undefined;
  #paused: ProcessIdentity[] = [];

  constructor(options: TestRunnerOptions) {
    const { url, registrationToken, dataDir, number, region, env } = options;
    this.options = options;
    this.#home = join(dataDir, "runners", String(number));
    this.#service = startRunner(
      { number, name: `runner-${number}`, region },
      { url, dataDir, registrationToken, count: 1, env: environmentOfTests({ LOG_LEVEL: "debug", ...env }) },
    );
    this.exited = this.#service.exited;
    this.ready = this.#service.ready.then((line) => {
      this.#ready = RunnerReady.parse(line);
    });
    this.ready.catch(() => undefined);
  }

  /** The runner's id, as leases and jobs name it. */
  get id(): string {
    return this.#known().runnerId;
  }

  get healthUrl(): string {
    return this.#known().healthUrl;
  }

  kill(name: NodeJS.Signals): void {
    this.#service.signal(name);
  }

  /** Stops the clock of the whole host, as far as this runner goes: it and its ffmpeg stand still, and nothing is closed. */
  pause(): void {
    this.#paused = [this.#service.identity, ...this.childProcesses()];
    for (const identity of this.#paused) signal(identity, "SIGSTOP");
  }

  resume(): void {
    for (const identity of this.#paused.splice(0)) signal(identity, "SIGCONT");
  }

  /** Waits until its log holds this. */
  async logged(pattern: RegExp): Promise<void> {
    const seen = await until(() => pattern.test(this.log()), LOGGED_WITHIN_MS);
    if (!seen) throw new Error(`runner ${this.#home} never logged ${pattern}`);
  }

  log(): string {
    return readFileSync(this.#service.logPath, "utf8");
  }

  /** The live processes (ffmpeg, ffprobe) that work in its scratch space. */
  childProcesses(): ProcessIdentity[] {
    return processesMentioning(join(this.#home, "scratch")).filter(({ pid }) => pid !== this.#service.identity.pid);
  }

  /** What lies in its scratch space. */
  scratchFiles(): string[] {
    try {
      return readdirSync(join(this.#home, "scratch"), { recursive: true, encoding: "utf8" });
    } catch {
      return [];
    }
  }

  /** SIGTERM, then its exit code (null when it had to be killed). */
  async stop(): Promise<number | null> {
    return (await this.#service.stop(STOP_WITHIN_MS)).code;
  }

  #known(): RunnerReady {
    if (!this.#ready) throw new Error("the runner is not ready");
    return this.#ready;
  }
}
