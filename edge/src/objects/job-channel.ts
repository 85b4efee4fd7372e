import { DurableObject } from "cloudflare:workers";
import type { JobStatus } from "@reelway/shared/contracts/job";
import { socketClose } from "@reelway/shared/contracts/socket-close";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { limits } from "@reelway/shared/limits";
import type { QueueEvent } from "@reelway/shared/scheduling/records";
import { z } from "zod";
import { stillHolds } from "../auth/still-holds.ts";
import {
  afterEvent,
  afterReport,
  afterSnapshot,
  type ChannelState,
  type LeaseReport,
  type Snapshot,
} from "../channel/channel-state.ts";
import { credentialFromUpgrade, readSnapshot, snapshotFromUpgrade } from "../channel/snapshot.ts";
import type { Env } from "../env.ts";
import { createLog } from "../http/log.ts";
import { endTalker } from "./listening-socket.ts";
import { SingleAlarm } from "./single-alarm.ts";

/** While somebody watches, the row in D1 is looked at this often: an end that was never announced still comes through. */
const watchdogMs = 30_000;

/** What a viewer's socket carries over the object's sleep. */
const Viewing = z.object({ jobId: z.string(), credentialId: z.string().nullable() });

/** Live progress of one job, named by its id: takes reports and events, tells its viewers, keeps the last state. */
export class JobChannel extends DurableObject<Env> {
  readonly #alarm: SingleAlarm;
  #state: ChannelState | undefined;
  #storedAt = 0;
  #sentAt = 0;
  #trailing: ReturnType<typeof setTimeout> | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#alarm = new SingleAlarm(ctx.storage);
    ctx.blockConcurrencyWhile(async () => {
      this.#state = ctx.storage.kv.get<ChannelState>("state");
      this.#storedAt = this.#state?.status.updatedAt ?? 0;
      await this.#alarm.load();
    });
  }

  /** Progress of a lease. Late and repeated reports change nothing. */
  publishReport(report: LeaseReport): void {
    this.#advance(afterReport(this.#state, report, Date.now()), { keep: true });
  }

  /** What the projection has stored, in order. Repeats change nothing. */
  publishEvents(events: readonly QueueEvent[]): void {
    const now = Date.now();
    const state = events.reduce<ChannelState | undefined>(
      (before, event) => afterEvent(before, event, now),
      this.#state,
    );
    // Nobody watches and nothing was kept: D1 has it all, so no row is written.
    this.#advance(state, { keep: this.#storedAt > 0 || this.ctx.getWebSockets().length > 0 });
  }

  /** The last status and the run that it belongs to; null when nothing is known. */
  current(): { run: number; status: JobStatus } | null {
    return this.#state === undefined ? null : { run: this.#state.run, status: this.#state.status };
  }

  /** A viewer's WebSocket; 429 where as many watch as may. The Worker has checked who it is, and sends the row of D1 along. */
  override fetch(request: Request): Response {
    if (this.ctx.getWebSockets().length >= limits.viewersPerJob) return new Response(null, { status: 429 });
    const snapshot = snapshotFromUpgrade(request);
    this.#takeSnapshot(snapshot);
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    // Outlives the object's sleep, which a state that was not stored does not.
    server.serializeAttachment({ jobId: snapshot.status.id, credentialId: credentialFromUpgrade(request) });
    if (this.#state !== undefined) sendTo(server, this.#state.status);
    this.#alarm.armBy(Date.now() + watchdogMs, Date.now());
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(socket: WebSocket): void {
    endTalker(socket, "viewers");
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close();
  }

  /** D1 has news that comes as no event: for those who watch. */
  async look(): Promise<void> {
    const [first] = this.ctx.getWebSockets();
    const viewing = first && viewingOf(first);
    if (!viewing) return;
    const snapshot = await readSnapshot(this.env.DB, viewing.jobId);
    if (snapshot !== null) this.#takeSnapshot(snapshot);
  }

  /** While watched: a look at D1, and at who watches. A day after the end, or after the last news: everything goes. */
  override async alarm(): Promise<void> {
    this.#alarm.fired();
    try {
      await this.look();
      await this.#dismissRevoked(Date.now());
    } catch (error) {
      createLog({ jobId: this.ctx.id.name }).error("channel watchdog failed", { error });
    }
    const now = Date.now();
    if (this.ctx.getWebSockets().length > 0) this.#alarm.armBy(now + watchdogMs, now);
    else if (this.#storedAt > 0) await this.#forgetOrWait(now);
  }

  /** Whoever was let in by a credential that has been revoked since is shown the door. */
  async #dismissRevoked(now: number): Promise<void> {
    const byCredential = Map.groupBy(this.ctx.getWebSockets(), (socket) => viewingOf(socket)?.credentialId ?? null);
    for (const [credentialId, sockets] of byCredential) {
      if (credentialId === null || (await stillHolds(this.env, credentialId, now))) continue;
      for (const socket of sockets) socket.close(socketClose.revoked, "the credential is no longer valid");
    }
  }

  async #forgetOrWait(now: number): Promise<void> {
    const forgetAt = this.#storedAt + limits.jobChannelRetentionMs;
    if (now < forgetAt) return this.#alarm.armBy(forgetAt, now);
    await this.ctx.storage.deleteAll();
    this.#state = undefined;
    this.#storedAt = 0;
  }

  #takeSnapshot(snapshot: Snapshot): void {
    this.#advance(afterSnapshot(this.#state, snapshot, Date.now()), { keep: this.#storedAt > 0 });
  }

  #advance(next: ChannelState | undefined, { keep }: { keep: boolean }): void {
    const previous = this.#state;
    if (next === undefined || next === previous) return;
    this.#state = next;
    const turned =
      previous?.run !== next.run ||
      previous.status.state !== next.status.state ||
      previous.status.stage !== next.status.stage;
    const now = Date.now();
    if (keep && (turned || now - this.#storedAt >= limits.progressPersistMs)) this.#store(next, now);
    if (previous?.status.sequence !== next.status.sequence) this.#fanOut(turned, now);
  }

  #store(state: ChannelState, now: number): void {
    this.ctx.storage.kv.put("state", state);
    this.#storedAt = now;
    this.#alarm.armBy(now + limits.jobChannelRetentionMs, now);
  }

  /** Turns go out at once, progress at most twice a second; the last frame always goes out. */
  #fanOut(turned: boolean, now: number): void {
    const dueAt = this.#sentAt + 1_000 / limits.progressPerSecond;
    if (turned || now >= dueAt) this.#send(now);
    else this.#trailing ??= setTimeout(() => this.#send(Date.now()), dueAt - now);
  }

  #send(now: number): void {
    clearTimeout(this.#trailing);
    this.#trailing = null;
    this.#sentAt = now;
    if (this.#state === undefined) return;
    for (const socket of this.ctx.getWebSockets()) sendTo(socket, this.#state.status);
  }
}

function viewingOf(socket: WebSocket) {
  return Viewing.safeParse(socket.deserializeAttachment()).data;
}

/** A broken socket is the platform's to clean up; the others must still get theirs. */
function sendTo(socket: WebSocket, status: JobStatus): void {
  try {
    socket.send(JSON.stringify(status));
    if (isTerminal(status.state)) socket.close(1000, "the job has ended");
  } catch {
    socket.close(1011, "send failed");
  }
}
