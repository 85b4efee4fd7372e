import { type DoorbellMessage, doorbellPing, doorbellPong } from "@reelway/shared/contracts/doorbell";
import { socketClose } from "@reelway/shared/contracts/socket-close";
import type { Taker } from "@reelway/shared/scheduling/hold-back";
import { ableNow, canServe } from "@reelway/shared/scheduling/lanes";
import { Pauses } from "@reelway/shared/scheduling/pauses";
import type { QueueReader } from "@reelway/shared/scheduling/store";

interface RunnerView extends Taker {
  /** Slots that are free and that no ring was for. */
  free: number;
}

/** How a runner stands beside its description; see LeaseCommand. */
interface Momentary {
  readonly delivering: number;
  readonly taken: readonly string[];
}
const nothing: Momentary = { delivering: 0, taken: [] };

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
  readonly #momentary = new Map<string, Momentary>();

  constructor(ctx: DurableObjectState, queue: QueueReader) {
    this.#ctx = ctx;
    this.#queue = queue;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(doorbellPing, doorbellPong));
  }

  /** Takes a runner's socket. The Worker has checked who it is. */
  connect(runnerId: string): Response {
    for (const older of this.#ctx.getWebSockets(runnerId))
      older.close(socketClose.replaced, "replaced by a newer connection");
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server, [runnerId]);
    server.serializeAttachment(runnerId);
    return new Response(null, { status: 101, webSocket: client });
  }

  disconnect(runnerId: string): void {
    for (const socket of this.#ctx.getWebSockets(runnerId)) socket.close(socketClose.revoked, "the runner was revoked");
  }

  /** What the runner said when it asked last: an idea of what would help it, no account. */
  hasNow(runnerId: string, now: Momentary): void {
    if (now.delivering > 0 || now.taken.length > 0) this.#momentary.set(runnerId, now);
    else this.#momentary.delete(runnerId);
    this.#views.delete(runnerId);
  }

  /** One of its leases came to an end, and with it most likely a delivery. */
  ended(runnerId: string): void {
    const { delivering, taken } = this.#momentary.get(runnerId) ?? nothing;
    this.hasNow(runnerId, { delivering: Math.max(0, delivering - 1), taken });
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
   * holds them all; answers for how many. None of them is one that holds back: it would be rung in place of one that may
   * take them.
   */
  ring(count: number, needs: readonly string[], holder: string | null = null): number {
    const sockets = count > 0 && needs.length > 0 ? this.#ctx.getWebSockets() : [];
    let left = count;
    for (const socket of fromRandomPlace(sockets)) {
      if (left <= 0) break;
      const runnerId = socket.deserializeAttachment();
      if (holder !== null && runnerId === holder) continue;
      const view = this.#viewOf(runnerId);
      if (!view || view.holdBackMs > 0 || view.free <= 0) continue;
      if (needs.some((lane) => canServe(view.capabilities, lane))) left -= ringAt(socket, view, left);
    }
    return count - left;
  }

  /**
   * Rings at one runner, if it is idle while there is work for it: how a lost ring is made up for, and how one that holds
   * back hears of what was left over.
   */
  ringIfIdle(runnerId: string, hasWorkFor: (runner: Taker) => boolean): void {
    const [socket] = this.#ctx.getWebSockets(runnerId);
    const view = socket && this.#viewOf(runnerId);
    if (view && view.free > 0 && hasWorkFor(view)) ringAt(socket, view, Number.POSITIVE_INFINITY);
  }

  /** Tells runners that these leases are over, so that they beat at once and learn it properly. */
  stop(leases: readonly { readonly runnerId: string; readonly taskId: string; readonly epoch: number }[]): void {
    for (const { runnerId, taskId, epoch } of leases) {
      for (const socket of this.#ctx.getWebSockets(runnerId)) send(socket, { type: "stop", taskId, epoch });
    }
  }

  #viewOf(runnerId: unknown): RunnerView | undefined {
    if (typeof runnerId !== "string") return undefined;
    const known = this.#views.get(runnerId);
    if (known) return known;
    const runner = this.#queue.runner(runnerId);
    // One that has not described itself yet asks by itself, right after it has connected.
    if (!runner) return undefined;
    const { delivering, taken } = this.#momentary.get(runnerId) ?? nothing;
    const held = this.#queue.leasesOf(runnerId).length + (this.#elsewhere.get(runnerId) ?? 0);
    const working = Math.max(0, held - Math.min(delivering, runner.slots));
    const free = runner.draining ? 0 : new Pauses(this.#queue).roomOf(runnerId, runner.slots - working);
    const view = { capabilities: ableNow({ ...runner, taken }), holdBackMs: runner.holdBackMs, free };
    this.#views.set(runnerId, view);
    return view;
  }
}

/** Answers for how many tasks. */
function ringAt(socket: WebSocket, view: RunnerView, wanted: number): number {
  const rung = Math.min(view.free, wanted);
  if (!send(socket, { type: "work" })) return 0;
  view.free -= rung;
  return rung;
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
