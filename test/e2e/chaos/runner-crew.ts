import { setTimeout as delay } from "node:timers/promises";
import type { TestRunner } from "../../support/test-runner.ts";
import type { TestStack } from "../../support/test-stack.ts";

export interface RunnerCrewOptions {
  readonly stack: TestStack;
  readonly size: number;
  readonly env: Readonly<Record<string, string>>;
  readonly kills: { readonly everyMs: number; readonly atMost: number };
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Runners of which one after the other is killed, whatever it does, and started again at its place, as its host would. */
export class RunnerCrew {
  readonly #options: RunnerCrewOptions;
  readonly #members: TestRunner[];
  readonly #over = new AbortController();
  #killing = Promise.resolve();
  #kills = 0;

  private constructor(options: RunnerCrewOptions, members: TestRunner[]) {
    this.#options = options;
    this.#members = members;
  }

  static async start(options: RunnerCrewOptions): Promise<RunnerCrew> {
    const { stack, size, env } = options;
    return new RunnerCrew(options, await Promise.all(Array.from({ length: size }, () => stack.startRunner({ env }))));
  }

  get kills(): number {
    return this.#kills;
  }

  /** Kills one every few seconds from now on. */
  beginKilling(): void {
    this.#killing = this.#kill();
  }

  /** The killing is over; rejects with what kept a runner from being started again. */
  async endKilling(): Promise<void> {
    this.#over.abort();
    await this.#killing;
  }

  async #kill(): Promise<void> {
    const { stack, kills, random } = this.#options;
    const { signal } = this.#over;
    while (this.#kills < kills.atMost) {
      await delay(kills.everyMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const place = Math.floor(random() * this.#members.length);
      const victim = this.#members[place];
      if (victim === undefined) throw new Error("there is no runner to kill");
      this.#kills += 1;
      this.#members[place] = await stack.replaceRunner(victim);
    }
  }
}
