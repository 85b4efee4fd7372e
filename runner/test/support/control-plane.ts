import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type InputGrant, OutputGrantRequest } from "@reelway/shared/contracts/grant";
import {
  CompleteRequest,
  FailRequest,
  HeartbeatRequest,
  type LeasedTask,
  LeaseRequest,
  leaseTokenHeader,
  ProgressReport,
  ReleaseRequest,
  type RunnerPause,
  type Verdict,
} from "@reelway/shared/contracts/lease";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import { RegisterRequest } from "@reelway/shared/contracts/runner";
import type { ErrorCode } from "@reelway/shared/errors/catalogue";
import { toProblem } from "@reelway/shared/errors/problem";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { newRegionalId, taskIdOf } from "@reelway/shared/ids";
import { onTestFinished, vi } from "vitest";
import { md5Of, type StorageServer } from "./storage-server.ts";
import { acceptWebSockets, type ServerSocket } from "./websocket-server.ts";

export interface Call {
  readonly name: string;
  readonly leaseToken: string | undefined;
  readonly body: unknown;
}

/** The runner protocol on a real socket, with every body parsed by its contract: a scripted region. */
export class ControlPlane {
  readonly calls: Call[] = [];
  readonly ready: LeasedTask[] = [];
  readonly verdicts = new Map<string, Verdict["verdict"]>();
  /** The next calls of this name are refused with these. */
  readonly refusals = new Map<string, (ErrorCode | ReelwayError)[]>();
  readonly credentials = new Set<string>();
  /** What fresh grants for a task's inputs look like. */
  inputs: InputGrant[] = [];
  /** What the other tasks of a stream packaged. */
  reports: PackageReport[] = [];
  sockets: ServerSocket[] = [];
  drain = false;
  slots: number | null = null;
  paused: RunnerPause | null = null;
  url = "";
  readonly #storage: StorageServer | null;
  #registered = 0;

  constructor(storage: StorageServer | null) {
    this.#storage = storage;
  }

  async start(): Promise<this> {
    const server = createServer((request, response) => void this.#answer(request, response));
    this.sockets = acceptWebSockets(
      server,
      (request) => this.#known(request),
      (socket, text) => text === "ping" && socket.send("pong"),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      for (const socket of this.sockets) socket.cut();
      server.closeAllConnections();
      server.close();
    });
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return this;
  }

  /** A task that is ready to be leased. */
  offer(overrides: Partial<LeasedTask> = {}): LeasedTask {
    const task: LeasedTask = {
      taskId: taskIdOf(newRegionalId("job", "weur"), "weur:0"),
      jobId: newRegionalId("job", "weur"),
      epoch: 1,
      attempt: 1,
      expiresAt: Date.now() + 600,
      leaseMs: 600,
      leaseToken: "lease-token-1",
      timeoutSeconds: 60,
      needs: [],
      hardware: "never",
      spec: { kind: "probe" },
      inputs: [],
      ...overrides,
    };
    this.ready.push(task);
    return task;
  }

  ring(): void {
    for (const socket of this.sockets) socket.send(JSON.stringify({ type: "work" }));
  }

  named(name: string): Call[] {
    return this.calls.filter((call) => call.name === name);
  }

  /** The first call of this name, as soon as it has come. */
  async called(name: string, times = 1): Promise<Call[]> {
    await vi.waitUntil(() => this.named(name).length >= times, { timeout: 10_000, interval: 5 });
    return this.named(name);
  }

  #known(request: IncomingMessage): boolean {
    return this.credentials.has((request.headers.authorization ?? "").replace("Bearer ", ""));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const name = (request.url ?? "").replace("/api/v1/", "");
    const token = request.headers[leaseTokenHeader];
    try {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      this.calls.push({ name, leaseToken: typeof token === "string" ? token : undefined, body });
      const refusal = this.refusals.get(name)?.shift();
      if (refusal) throw typeof refusal === "string" ? new ReelwayError(refusal) : refusal;
      if (name !== "runners/register" && !this.#known(request)) throw new ReelwayError("unauthenticated");
      const result = JSON.stringify(this.#result(name, body));
      response.writeHead(200, { "content-type": "application/json" }).end(result);
    } catch (error) {
      const known = error instanceof ReelwayError ? error : new ReelwayError("invalid_request", String(error));
      const problem = toProblem(known, "req_1");
      response.writeHead(problem.status, { "content-type": "application/problem+json" }).end(JSON.stringify(problem));
    }
  }

  #result(name: string, body: unknown): unknown {
    switch (name) {
      case "runners/register": {
        RegisterRequest.parse(body);
        const credential = `credential-${++this.#registered}`;
        this.credentials.add(credential);
        return { runnerId: newRegionalId("run", "weur"), credential };
      }
      case "runner/leases": {
        const { max, runner } = LeaseRequest.parse(body);
        return { tasks: runner.draining ? [] : this.ready.splice(0, max) };
      }
      case "runner/heartbeat":
        return {
          drain: this.drain,
          slots: this.slots,
          paused: this.paused,
          verdicts: HeartbeatRequest.parse(body).leases.map((lease) => this.#verdict(lease)),
        };
      case "leases/inputs":
        return { inputs: this.inputs };
      case "leases/reports":
        return { reports: this.reports };
      case "leases/outputs":
        return { files: OutputGrantRequest.parse(body).files.map(({ name: file, bytes }) => this.#grant(file, bytes)) };
      case "leases/progress":
        return ProgressReport.parse(body);
      case "leases/complete":
        CompleteRequest.parse(body);
        return { outcome: "completed" };
      case "leases/fail":
        FailRequest.parse(body);
        return { outcome: "retrying" };
      case "leases/release":
        ReleaseRequest.parse(body);
        return { outcome: "released" };
      default:
        throw new ReelwayError("not_found");
    }
  }

  #verdict(lease: { taskId: string; epoch: number }): Verdict {
    const verdict = this.verdicts.get(lease.taskId) ?? "keep";
    const kept = verdict === "keep";
    return { ...lease, verdict, expiresAt: kept ? Date.now() + 600 : null, leaseToken: kept ? "lease-token-2" : null };
  }

  #grant(name: string, bytes: number) {
    return { kind: "presigned", name, request: this.#storage?.grant("PUT", name, { "content-length": String(bytes) }) };
  }
}

/** A task whose source lies in the storage. */
export function withSource(storage: StorageServer, bytes: Buffer): Partial<LeasedTask> {
  storage.objects.set("source", bytes);
  const etag = md5Of(bytes);
  const request = storage.grant("GET", "source", { "If-Match": `"${etag}"` });
  return {
    inputs: [{ kind: "presigned", role: "source", bytes: bytes.length, etag, contentType: "video/mp4", request }],
  };
}
