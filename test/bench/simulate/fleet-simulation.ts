import { isHedge } from "@reelway/shared/scheduling/claims";
import type { LeaseCommand, QueueSettings } from "@reelway/shared/scheduling/commands";
import type { TaskRecord } from "@reelway/shared/scheduling/records";
import { testSettings } from "@reelway/shared/scheduling/testing/settings";
import { shardFor } from "@reelway/shared/shards";
import { Chance } from "./chance.ts";
import { EventQueue } from "./event-queue.ts";
import { fleet, type Host } from "./hosts.ts";
import { type Grant, LiveHost } from "./live-host.ts";
import { Shard } from "./shard.ts";
import { newTrace, type Trace, type Work } from "./trace.ts";
import { regions, type SimulatedJob, type SimulatedRegion, workload } from "./workload.ts";

export interface SimulationOptions {
  readonly seed: number;
  readonly runners: number;
  readonly jobs: number;
  readonly dayMs: number;
  readonly shardsPerRegion: number;
  readonly hedging: boolean;
}

type Happening =
  | { readonly type: "arrival"; readonly job: SimulatedJob }
  | { readonly type: "join" | "death"; readonly host: Host }
  | { readonly type: "end"; readonly grant: Grant }
  | { readonly type: "beat"; readonly host: LiveHost }
  | { readonly type: "second" };

const tickMs = 1_000;
const sampleMs = 15_000;
/** Leases that fail in the middle, and are tried again. */
const failureShare = 0.004;

/**
 * A fleet at work through a day of simulated time. The queues are the scheduler itself; hosts ask as runners do: their
 * own shard, then the fullest others of their region, then for what is slow (docs/adr/0012, 0028). A runner that is
 * idle when work comes up has it at once: doorbells take no time here.
 */
export class FleetSimulation {
  readonly trace: Trace = newTrace();
  readonly #options: SimulationOptions;
  readonly #chance: Chance;
  readonly #happenings = new EventQueue<Happening>();
  readonly #shards: ReadonlyMap<SimulatedRegion, ReadonlyMap<string, Shard>>;
  readonly #jobs = new Map<string, SimulatedJob>();
  readonly #hosts = new Map<string, LiveHost>();
  /** Those with free slots, by region; who has been idle longest comes first. */
  readonly #idle = new Map<SimulatedRegion, Set<LiveHost>>(regions.map((region) => [region, new Set()]));
  readonly #begun = new Set<string>();
  /** By film: when its latest chunk was first leased, and when its latest was done. */
  readonly #lastChunkAt = new Map<string, number>();
  readonly #lastChunkDoneAt = new Map<string, number>();
  readonly #accepted = new Set<string>();
  readonly #tenantIds: readonly string[];
  #arrivalsLeft: number;
  #now = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#chance = new Chance(options.seed);
    const hedging = options.hedging ? testSettings.hedging : { ...testSettings.hedging, factor: 0 };
    const settings: QueueSettings = { ...testSettings, hedging };
    this.#shards = new Map(regions.map((region) => [region, this.#shardsOf(region, settings)]));
    const jobs = workload(options.jobs, options.dayMs, this.#chance);
    for (const job of jobs) {
      this.#jobs.set(job.command.jobId, job);
      this.#happenings.add(job.at, { type: "arrival", job });
    }
    this.#arrivalsLeft = jobs.length;
    this.#tenantIds = [...new Set(jobs.map(({ tenantId }) => tenantId))].sort();
    for (const host of fleet(options.runners, 2 * options.dayMs, this.#chance)) {
      this.#happenings.add(Math.ceil(host.joinsAt), { type: "join", host });
      this.#happenings.add(Math.ceil(host.diesAt), { type: "death", host });
    }
    this.#happenings.add(tickMs, { type: "second" });
  }

  /** Until every job has ended. Throws where a rule of the queue is broken. */
  run(): Trace {
    for (let next = this.#happenings.take(); next; next = this.#happenings.take()) {
      this.#now = next.at;
      if (this.#happens(next.what)) break;
    }
    this.trace.endedAt = this.#now;
    this.trace.commands = this.#allShards().reduce((sum, { commands }) => sum + commands, 0);
    return this.trace;
  }

  /** Whether that was the end. */
  #happens(what: Happening): boolean {
    switch (what.type) {
      case "arrival":
        this.#arrive(what.job);
        return false;
      case "join":
        this.#join(what.host);
        return false;
      case "death":
        this.#die(what.host);
        return false;
      case "end":
        this.#end(what.grant);
        return false;
      case "beat":
        this.#beat(what.host);
        return false;
      case "second":
        return this.#second();
    }
  }

  #arrive(job: SimulatedJob): void {
    this.#arrivalsLeft -= 1;
    this.#shardOf(job).run(this.#now, job.command);
    this.#serve(job.region);
  }

  #join(host: Host): void {
    const shards = this.#shards.get(host.region) ?? new Map<string, Shard>();
    const home = shards.get(shardFor(host.id, host.region, shards.size));
    if (!home) throw new Error(`no shard for ${host.id}`);
    const live = new LiveHost(host, home);
    this.#hosts.set(host.id, live);
    this.#idle.get(host.region)?.add(live);
    this.#happenings.add(this.#now + this.#beatMs(host), { type: "beat", host: live });
    this.#serve(host.region);
  }

  #die(host: Host): void {
    const live = this.#hosts.get(host.id);
    if (!live) return;
    live.isAlive = false;
    this.#hosts.delete(host.id);
    this.#idle.get(host.region)?.delete(live);
    for (const grant of live.grants) this.#leave(grant, "lostMs");
  }

  /** The work of a lease is done, or has failed. */
  #end(grant: Grant): void {
    if (grant.isOver) return;
    const { host, shard, task, fails } = grant;
    const { taskId, epoch, jobId } = task;
    const claim = { taskId, epoch, runnerId: host.host.id };
    if (fails) {
      const error = { code: "encode_failed", message: "it failed" } as const;
      const reply = shard.run(this.#now, { ...claim, type: "fail", error, retryable: true });
      this.#leave(grant, reply === "lease_lost" ? "lostMs" : "failedMs");
    } else {
      const add = task.part === "plan" ? (this.#jobs.get(jobId)?.add ?? []) : [];
      const { outcome, stopped } = shard.run(this.#now, { ...claim, type: "complete", result: "{}", add });
      this.#leave(grant, outcome === "completed" ? "acceptedMs" : "lostMs");
      if (outcome === "completed") this.#accept(grant);
      for (const { runnerId, epoch: outrun } of stopped) {
        const other = [...(this.#hosts.get(runnerId)?.grants ?? [])].find(
          (each) => each.task.taskId === taskId && each.task.epoch === outrun,
        );
        // A host that stands still hears of it later.
        if (other && !other.host.isFrozen(this.#now)) this.#leave(other, "outrunMs");
      }
    }
    this.#endJob(shard, jobId);
    this.#serve(host.host.region);
  }

  #accept({ task, shard }: Grant): void {
    if (this.#accepted.has(task.taskId)) throw new Error(`${task.taskId} was completed twice`);
    this.#accepted.add(task.taskId);
    const hedge = shard.hedgeOf(task.taskId);
    if (hedge) this.trace.hedges[hedge] += 1;
    if (task.part.startsWith("encode:")) this.#lastChunkDoneAt.set(task.jobId, this.#now);
  }

  #endJob(shard: Shard, jobId: string): void {
    const state = shard.jobState(jobId);
    const job = this.#jobs.get(jobId);
    if (!job || (state !== "succeeded" && state !== "failed")) return;
    this.trace.jobs[state] += 1;
    this.#jobs.delete(jobId);
    if (!job.isFilm || state === "failed") return;
    const tailMs = (this.#lastChunkDoneAt.get(jobId) ?? this.#now) - (this.#lastChunkAt.get(jobId) ?? this.#now);
    this.trace.films.push({ chunks: job.add.length - 1, tookMs: this.#now - job.at, tailMs });
  }

  /** The slot is free again. */
  #leave(grant: Grant, end: keyof Work): void {
    const { host, startedAt } = grant;
    grant.isOver = true;
    host.grants.delete(grant);
    this.trace.work[end] += this.#now - startedAt;
    if (host.free > 0) this.#idle.get(host.host.region)?.add(host);
  }

  #beat(host: LiveHost): void {
    if (!host.isAlive) return;
    this.#happenings.add(this.#now + this.#beatMs(host.host), { type: "beat", host });
    if (host.isFrozen(this.#now)) return;
    for (const [shard, grants] of Map.groupBy(host.grants, (grant) => grant.shard)) {
      const leases = grants.map(({ task: { taskId, epoch } }) => ({ taskId, epoch }));
      const verdicts = shard.run(this.#now, { ...describe(host), type: "heartbeat", leases });
      for (const [index, { verdict }] of verdicts.entries()) {
        const grant = grants[index];
        if (grant && verdict !== "keep") this.#leave(grant, "lostMs");
      }
    }
  }

  /** The alarms, the samples, and the end of the day. */
  #second(): boolean {
    for (const shard of this.#allShards()) shard.tick(this.#now);
    if (this.#now % sampleMs === 0) this.#sample();
    // Whoever was told to stop is idle, too.
    for (const region of regions) this.#serve(region);
    this.#happenings.add(this.#now + tickMs, { type: "second" });
    return this.#arrivalsLeft === 0 && this.#allShards().every((shard) => !shard.hasOpenJobs());
  }

  /** Idle hosts ask, who has been idle longest first, until nobody of their kind gets anything. */
  #serve(region: SimulatedRegion): void {
    const idle = this.#idle.get(region) ?? new Set();
    const shards = [...(this.#shards.get(region)?.values() ?? [])];
    // Nobody asks in vain: a poll that finds nothing changes nothing.
    if (shards.every((shard) => shard.leasable() === 0 && !shard.hasSlow(this.#now))) return;
    const inVain = new Map<string, number>();
    for (const host of idle) {
      const kind = host.host.capabilities.join();
      // The first of them may be the very one that is slow.
      if ((inVain.get(kind) ?? 0) >= 2 || host.isFrozen(this.#now)) continue;
      while (host.free > 0 && this.#ask(host));
      if (host.free > 0) inVain.set(kind, (inVain.get(kind) ?? 0) + 1);
      else idle.delete(host);
    }
  }

  /** Whether the host was given something: of its own shard, the fullest others, or of what is slow. */
  #ask(host: LiveHost): boolean {
    const others = [...(this.#shards.get(host.host.region)?.values() ?? [])].filter((shard) => shard !== host.home);
    const full = others.map((shard) => ({ shard, leasable: shard.leasable() })).filter(({ leasable }) => leasable > 0);
    const order = [host.home, ...full.sort((a, b) => b.leasable - a.leasable).map(({ shard }) => shard)];
    const slow = this.#options.hedging ? [host.home, ...others].filter((shard) => shard.hasSlow(this.#now)) : [];
    const looks = [
      ...order.map((shard) => ({ shard, hedging: false })),
      ...slow.map((shard) => ({ shard, hedging: true })),
    ];
    for (const { shard, hedging } of looks) {
      const task = shard.run(this.#now, { ...describe(host), type: "lease", hedging });
      if (!task) continue;
      this.#begin(host, shard, task);
      return true;
    }
    return false;
  }

  #begin(host: LiveHost, shard: Shard, task: TaskRecord): void {
    const chance = `${task.taskId}/${task.attempt}/${host.host.id}`;
    const fails = this.#chance.of(`${chance}/fails`) < failureShare;
    const workMs = Number(task.payload) * (fails ? this.#chance.of(`${chance}/failsAt`) : 1);
    const endsAt = host.endOf(workMs, this.#now);
    const grant: Grant = { host, shard, task, startedAt: this.#now, endsAt, fails, isOver: false };
    host.grants.add(grant);
    if (host.grants.size > host.host.slots) throw new Error(`${host.host.id} holds more than its slots`);
    this.#happenings.add(endsAt, { type: "end", grant });
    if (isHedge(task)) this.trace.hedges.started += 1;
    else if (task.part.startsWith("encode:") && task.attempt === 1) this.#lastChunkAt.set(task.jobId, this.#now);
    this.#noteWait(task);
  }

  #noteWait({ jobId }: TaskRecord): void {
    const job = this.#jobs.get(jobId);
    if (!job || this.#begun.has(jobId)) return;
    this.#begun.add(jobId);
    const { tenantId, priority, isFilm, at } = job;
    this.trace.waits.push({ tenantId, priority, isFilm, waitMs: this.#now - at });
  }

  #sample(): void {
    const shards = this.#allShards().map((shard) => shard.sample(this.#tenantIds));
    const hosts = [...this.#hosts.values()];
    this.trace.samples.push({
      at: this.#now,
      slots: hosts.reduce((sum, { host }) => sum + host.slots, 0),
      busy: hosts.reduce((sum, { grants }) => sum + grants.size, 0),
      backlog: shards.reduce((sum, { backlog }) => sum + backlog, 0),
      shards,
    });
  }

  #shardsOf(region: SimulatedRegion, settings: QueueSettings): Map<string, Shard> {
    const names = Array.from({ length: this.#options.shardsPerRegion }, (_, index) => `${region}:${index}`);
    return new Map(names.map((name) => [name, new Shard(region, name, settings, this.#chance)]));
  }

  #shardOf({ region, command: { jobId } }: SimulatedJob): Shard {
    const shard = this.#shards.get(region)?.get(shardFor(jobId, region, this.#options.shardsPerRegion));
    if (!shard) throw new Error(`no shard for ${jobId}`);
    return shard;
  }

  #allShards(): Shard[] {
    return [...this.#shards.values()].flatMap((shards) => [...shards.values()]);
  }

  /** Every third of a lease; not all hosts at once. */
  #beatMs({ id }: Host): number {
    return Math.round((testSettings.leaseMs / 3) * this.#chance.between(`${id}/beats`, 0.97, 1));
  }
}

function describe({ host: { id, capabilities, slots } }: LiveHost): Omit<LeaseCommand, "type"> {
  return { runnerId: id, capabilities, slots, draining: false, version: "1" };
}
