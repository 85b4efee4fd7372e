import type { z } from "zod";
import { apiPrefix } from "../contracts/api-prefix.ts";
import {
  type InputGrants,
  InputGrants as InputGrantsSchema,
  type OutputGrantRequest,
  type OutputGrants,
  OutputGrants as OutputGrantsSchema,
  type OutputMultipart,
  type OutputMultipartCompleted,
  OutputMultipartCompleted as OutputMultipartCompletedSchema,
  type OutputMultipartCompleteRequest,
  type OutputMultipartRequest,
  OutputMultipart as OutputMultipartSchema,
  type PackageReports,
  PackageReports as PackageReportsSchema,
  type RenditionFiles,
  type RenditionFilesRequest,
  RenditionFiles as RenditionFilesSchema,
} from "../contracts/grant.ts";
import {
  type CompleteRequest,
  type FailRequest,
  HeartbeatAnswer,
  type HeartbeatRequest,
  LeaseAnswer,
  LeaseOutcome,
  type LeaseRequest,
  leaseTokenHeader,
  type ProgressReport,
  type ReleaseRequest,
} from "../contracts/lease.ts";
import { StreamFindings } from "../contracts/quality.ts";
import { Registered, type RegisterRequest } from "../contracts/runner.ts";
import { createHttp, type Fetch, type Http } from "./http.ts";
import type { Pacing, RetryPolicy } from "./retry.ts";

export interface RunnerClientOptions {
  /** Where the control plane answers, without /api/v1. */
  url: string;
  /** The runner's own credential; undefined until it is registered. Read at every call. */
  credential: () => string | undefined;
  fetch?: Fetch;
  retry?: RetryPolicy;
  pacing?: Pacing;
  /** Sent as user-agent. */
  userAgent?: string;
}

interface CallOptions {
  signal?: AbortSignal;
  /** Time for one try, milliseconds. */
  timeoutMs?: number;
}

/** The runner protocol. Every call throws ApiError, NotReachableError or the signal's reason. */
export interface RunnerClient {
  /** Turns a registration token into the runner's own credential. Not repeated by itself. */
  register(request: RegisterRequest, options?: CallOptions): Promise<Registered>;
  /** Waits up to `waitMs` for work. Not repeated by itself: a lost answer's leases expire. */
  lease(request: LeaseRequest, options?: CallOptions): Promise<LeaseAnswer>;
  /** Not repeated by itself: its caller has a rhythm of its own. */
  heartbeat(request: HeartbeatRequest, options?: CallOptions): Promise<HeartbeatAnswer>;
  /** Where and how to open the doorbell's WebSocket. */
  doorbell(): { url: string; headers: Record<string, string> };
  /**
   * The calls about one leased task. The token is read at every call, since heartbeats renew it; so is the W3C trace
   * context that they are made in.
   */
  ofLease(token: () => string, traceparent?: () => string | undefined): LeaseClient;
}

/** What the holder of a lease may ask and tell. `lease_lost` where it is not the current one. */
export interface LeaseClient {
  /** Fresh presigned GETs of the task's inputs. */
  inputs(options?: CallOptions): Promise<InputGrants>;
  /** Presigned PUTs below the lease's own prefix, each for one key, size, type and MD5, written once. */
  outputs(request: OutputGrantRequest, options?: CallOptions): Promise<OutputGrants>;
  /** PUTs for an output beyond one; without `uploadId` it begins an upload, and is not repeated by itself. */
  multipart(request: OutputMultipartRequest, options?: CallOptions): Promise<OutputMultipart>;
  /** Makes the parts one object. */
  completeMultipart(request: OutputMultipartCompleteRequest, options?: CallOptions): Promise<OutputMultipartCompleted>;
  /** For tasks that join a stream's parts. */
  reports(options?: CallOptions): Promise<PackageReports>;
  /** For the task that finishes a stream. */
  findings(options?: CallOptions): Promise<z.infer<typeof StreamFindings>>;
  /** Presigned GETs of a rendition that others made of the same stream, some hundred files at a time. */
  files(request: RenditionFilesRequest, options?: CallOptions): Promise<RenditionFiles>;
  /** Not repeated by itself: the next report says it better. */
  progress(report: ProgressReport, options?: CallOptions): Promise<void>;
  /** Repeated safely: the accepted completion, sent again, gets the same answer. */
  complete(request: CompleteRequest, options?: CallOptions): Promise<LeaseOutcome>;
  /** Ends the attempt with an error; whether it is tried again is decided there. */
  fail(request: FailRequest, options?: CallOptions): Promise<LeaseOutcome>;
  /** Hands the task back, which costs no attempt. */
  release(request: ReleaseRequest, options?: CallOptions): Promise<LeaseOutcome>;
}

const registerTimeoutMs = 15_000;
const answerSlackMs = 10_000;

/** The runner protocol over HTTP, with the patience of `retry`. */
export function createRunnerClient(options: RunnerClientOptions): RunnerClient {
  const http = createHttp({
    url: options.url,
    key: options.credential,
    ...(options.fetch ? { fetch: options.fetch } : {}),
    ...(options.retry ? { retry: options.retry } : {}),
    ...(options.pacing ? { pacing: options.pacing } : {}),
    headers: { "user-agent": options.userAgent ?? "reelway-runner" },
  });
  return {
    register: (body, call) =>
      http.json({
        method: "POST",
        path: "/runners/register",
        body,
        schema: Registered,
        timeoutMs: registerTimeoutMs,
        ...call,
      }),
    lease: (body, call) =>
      http.json({
        method: "POST",
        path: "/runner/leases",
        body,
        schema: LeaseAnswer,
        timeoutMs: (body.waitMs ?? 0) + answerSlackMs,
        ...call,
      }),
    heartbeat: (body, call) =>
      http.json({ method: "POST", path: "/runner/heartbeat", body, schema: HeartbeatAnswer, ...call }),
    doorbell: () => ({
      url: `${options.url.replace(/\/+$/, "").replace(/^http/, "ws")}${apiPrefix}/runner/doorbell`,
      headers: { authorization: `Bearer ${options.credential() ?? ""}` },
    }),
    ofLease: (token, traceparent = () => undefined) => createLeaseClient(http, token, traceparent),
  };
}

function createLeaseClient(http: Http, token: () => string, traceparent: () => string | undefined): LeaseClient {
  const headers = (): Record<string, string> => {
    const trace = traceparent();
    return { [leaseTokenHeader]: token(), ...(trace !== undefined && { traceparent: trace }) };
  };
  const post = (name: string, body: unknown, repeatable: boolean, call: CallOptions = {}) => ({
    method: "POST" as const,
    path: `/leases/${name}`,
    body,
    repeatable,
    headers: headers(),
    ...call,
  });
  return {
    inputs: (call) => http.json({ ...post("inputs", {}, true, call), schema: InputGrantsSchema }),
    outputs: (body, call) => http.json({ ...post("outputs", body, true, call), schema: OutputGrantsSchema }),
    // Opening is not repeated: each time would begin another upload.
    multipart: (body, call) =>
      http.json({ ...post("multipart", body, body.uploadId !== undefined, call), schema: OutputMultipartSchema }),
    completeMultipart: (body, call) =>
      http.json({ ...post("multipart/complete", body, true, call), schema: OutputMultipartCompletedSchema }),
    reports: (call) => http.json({ ...post("reports", {}, true, call), schema: PackageReportsSchema }),
    findings: (call) => http.json({ ...post("findings", {}, true, call), schema: StreamFindings }),
    files: (body, call) => http.json({ ...post("files", body, true, call), schema: RenditionFilesSchema }),
    progress: (body, call) => http.done(post("progress", body, false, call)),
    complete: (body, call) => http.json({ ...post("complete", body, true, call), schema: LeaseOutcome }),
    fail: (body, call) => http.json({ ...post("fail", body, true, call), schema: LeaseOutcome }),
    release: (body, call) => http.json({ ...post("release", body, true, call), schema: LeaseOutcome }),
  };
}
