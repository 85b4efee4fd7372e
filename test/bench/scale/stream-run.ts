import { setTimeout as delay } from "node:timers/promises";
import type { Job } from "@reelway/shared/contracts/job";
import type { JobPlan } from "@reelway/shared/contracts/job-plan";
import type { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import type { z } from "zod";
import type { ScaleStack } from "./scale-stack.ts";
import { type Timeline, timelineOf } from "./timeline.ts";

/** A stream job on some runners. Seconds, but for bytes. */
export interface StreamRun {
  readonly runners: number;
  /** From POST /jobs to the end, seen from outside. */
  readonly wall: number;
  /** From POST /jobs to the first segment that a player was given. */
  readonly firstSegment: number;
  /** Processor time of the runners, their ffmpegs included. */
  readonly runnersCpu: number;
  readonly controlPlaneCpu: number;
  /** Of the source, as its storage counted them. */
  readonly bytesRead: number;
  readonly timelines: readonly Timeline[];
  readonly plan: JobPlan;
}

const askEveryMs = 250;

export async function runStream(
  stack: ScaleStack,
  job: { readonly assetId: string; readonly spec: z.input<typeof StreamSpec>; readonly cores: readonly number[] },
): Promise<StreamRun> {
  const { client, storage } = stack;
  const { assetId, spec, cores } = job;
  const runners = await Promise.all(cores.map((core) => stack.startRunner(core)));
  const cpuOfRunners = () => runners.reduce((sum, runner) => sum + runner.cpuSeconds(), 0);
  const before = [storage.bytesReadOf("source"), stack.controlPlaneSeconds(), cpuOfRunners()] as const;
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1_000;
  const { id } = await client.jobs.create({ assetId, spec });
  await untilPlayable(stack, id);
  const firstSegment = seconds();
  const done = await untilEnded(stack, id);
  const wall = seconds();
  if (done.state !== "succeeded") throw new Error(`the stream ended ${done.state}: ${done.error?.message}`);
  const bytesRead = storage.bytesReadOf("source") - before[0];
  const controlPlaneCpu = stack.controlPlaneSeconds() - before[1];
  const runnersCpu = cpuOfRunners() - before[2];
  for (const runner of runners) await runner.stop();
  const timelines = await Promise.all(runners.map(({ logFile }) => timelineOf(logFile)));
  const plan = await client.jobs.plan(id);
  return { runners: cores.length, wall, firstSegment, runnersCpu, controlPlaneCpu, bytesRead, timelines, plan };
}

/** Until a player that asks for the first segment is given it. */
async function untilPlayable({ client }: ScaleStack, id: string): Promise<void> {
  for (;;) {
    const { playableAt, state } = await client.jobs.get(id);
    if (state === "failed") return;
    if (playableAt !== null) break;
    await delay(askEveryMs);
  }
  const { hls } = await client.jobs.playback(id);
  const answer = await fetch(new URL("video-1/seg-00001.m4s", hls));
  if (!answer.ok) throw new Error(`a title that is playable has no first segment: ${answer.status}`);
  await answer.arrayBuffer();
}

async function untilEnded({ client }: ScaleStack, id: string): Promise<Job> {
  for await (const _status of client.jobs.watch(id));
  return client.jobs.get(id);
}
