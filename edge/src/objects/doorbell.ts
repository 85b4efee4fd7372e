import { type DoorbellMessage, doorbellPing, doorbellPong } from "@reelway/shared/contracts/doorbell";
import { canServe } from "@reelway/shared/scheduling/lanes";
import { Pauses } from "@reelway/shared/scheduling/pauses";
import type { QueueReader } from "@reelway/shared/scheduling/store";

/** A newer socket of the same runner has taken this one's place. */
const replaced = 4_000;
/** The runner's credential is no longer valid. */
const revoked = 4_401;

interface RunnerView {
  readonly capabilities: ReadonlySet<string>;
  /** Slots that are free and that no ring was for. */
  free: number;
}

/**
 * The runners' hibernating WebSockets. A ring goes to as many free slots as there is new work, never to everybody; one
 * that gets lost is made up for by the runner's next beat or poll.
 */
export class Doorbell {
  readonly #ctx: DurableObjectState;
  readonly #queue: QueueReader;
  /** What is known of a runner until something happens to it: a ring must not read every runner's leases. */
  readonly #views = new Map<string, RunnerView>();
  /** Leases that runners hold of other shards, as last heard: an idea of who is idle, no account. */
  readonly #elsewhere = new Map<string, number>();

  constructor(ctx: DurableObjectState, queue: QueueReader) {
    this.#ctx = ctx;
    this.#queue = queue;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(doorbellPing, doorbellPong));
  }

  /** Takes a runner's socket. The Worker has checked who it is. */
  connect(runnerId: string): Response {
    for (const older of this.#ctx.getWebSockets(runnerId)) older.close(replaced, "replaced by a newer connection");
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server, [runnerId]);
    server.serializeAttachment(runnerId);
    return new Response(null, { status: 101, webSocket: client });
  }

  disconnect(runnerId: string): void {
    for (const socket of this.#ctx.getWebSockets(runnerId)) socket.close(revoked, "the runner was revoked");
  }

  /** The runner's leases or description changed. */
  forget(runnerId: string): void {
    this.#views.delete(runnerId);
  }

  /** The runner works on this many tasks of other shards. */
  holdsElsewhere(runnerId: string, leases: number): void {
    if (leases > 0) this.#elsewhere.set(runnerId, leases);
    else this.#elsewhere.delete(runnerId);
    this.#views.delete(runnerId);
  }

  forgetAll(): void {
    this.#views.clear();
  }

  /**
   * Rings for `count` tasks of these needs, at connected runners with free slots that can do some, but for the one that
   * holds them all; answers for how many.
   */
  ring(count: number, needs: readonly string[], holder: string | null = null): number {
    const sockets = count > 0 && needs.length > 0 ? this.#ctx.getWebSockets() : [];
    let left = count;
    for (const socket of fromRandomPlace(sockets)) {
      if (left <= 0) break;
      if (holder !== null && socket.deserializeAttachment() === holder) continue;
      left -= this.#ringAt(socket, needs, left);
    }
    return count - left;
  }

  /** Rings at one runner, if it is idle while there is such work for it: how a lost ring is made up for. */
  ringIfIdle(runnerId: string, needs: () => readonly string[]): void {
    const [socket] = this.#ctx.getWebSockets(runnerId);
    if (socket && (this.#viewOf(runnerId)?.free ?? 0) > 0) this.#ringAt(socket, needs(), Number.POSITIVE_INFINITY);
  }

  /** Tells runners that these leases are over, so that they beat at once and learn it properly. */
  stop(leases: readonly { readonly runnerId: string; readonly taskId: string; readonly epoch: number }[]): void {
    for (const { runnerId, taskId, epoch } of leases) {
      for (const socket of this.#ctx.getWebSockets(runnerId)) send(socket, { type: "stop", taskId, epoch });
    }
  }

  #ringAt(socket: WebSocket, needs: readonly string[], wanted: number): number {
    const view = this.#viewOf(socket.deserializeAttachment());
    if (!view || view.free <= 0 || !needs.some((lane) => canServe(view.capabilities, lane))) return 0;
    const rung = Math.min(view.free, wanted);
    if (!send(socket, { type: "work" })) return 0;
    view.free -= rung;
    return rung;
  }

  #viewOf(runnerId: unknown): RunnerView | undefined {
    if (typeof runnerId !== "string") return undefined;
    const known = this.#views.get(runnerId);
    if (known) return known;
    const runner = this.#queue.runner(runnerId);
    // One that has not described itself yet asks by itself, right after it has connected.
    if (!runner) return undefined;
    const held = this.#queue.leasesOf(runnerId).length + (this.#elsewhere.get(runnerId) ?? 0);
    const free = runner.draining ? 0 : new Pauses(this.#queue).roomOf(runnerId, runner.slots - held);
    const view = { capabilities: new Set(runner.capabilities), free };
    this.#views.set(runnerId, view);
    return view;
  }
}

function send(socket: WebSocket, message: DoorbellMessage): boolean {
  try {
    socket.send(JSON.stringify(message));
    return true;
  } catch {
    return false;
  }
}

/** The same runners must not always come first. */
function fromRandomPlace<T>(list: readonly T[]): T[] {
  const start = Math.floor(Math.random() * list.length);
  return [...list.slice(start), ...list.slice(0, start)];
}
