import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type CompleteRequest,
  type LeaseRequest,
  leaseTokenHeader,
  type ProgressReport,
} from "@reelway/shared/contracts/lease";
import { timed } from "../load/closed-loop.ts";
import type { HttpSession } from "../load/http-session.ts";
import { jobRequest } from "../parts/job-requests.ts";
import { ableRunner, firstTask } from "../parts/lease.ts";
import type { ReelwaySide } from "../sides/reelway-side.ts";
import { Viewer } from "./viewer.ts";

/** Sockets that are opened side by side. */
const OPENED_AT_ONCE = 25;
const REPORTS = 6;
/** A viewer who has heard nothing by then never will. */
const HEARD_WITHIN_MS = 15_000;

interface WatchedJob {
  /** Until every viewer had the first frame. */
  readonly connectedMs: number;
  /** From sending the completion until each viewer had the last frame; of those that had it. */
  readonly heardMs: readonly number[];
}

/** One job of a runner that reports and then completes, with so many viewers. */
export async function watchOneJob(side: ReelwaySide, runner: HttpSession, count: number): Promise<WatchedJob> {
  const { id } = await side.client.jobs.create(jobRequest(side.assetId, 0), { idempotencyKey: randomUUID() });
  const lease: LeaseRequest = { runner: ableRunner, max: 1 };
  const task = firstTask(await runner.expect(200, { method: "POST", path: "/api/v1/runner/leases", body: lease }));
  if (task === null) throw new Error("nothing to lease");
  const headers = { [leaseTokenHeader]: task.leaseToken };

  const viewers: Viewer[] = [];
  const { ms: connectedMs } = await timed(async () => {
    while (viewers.length < count) {
      const next = Array.from({ length: Math.min(OPENED_AT_ONCE, count - viewers.length) }, () => {
        return new Viewer(side.url, side.apiKey, id);
      });
      viewers.push(...next);
      await Promise.all(next.map(({ opened }) => opened));
    }
  });

  for (let sequence = 1; sequence <= REPORTS; sequence++) {
    await runner.expect(204, { method: "POST", path: "/api/v1/leases/progress", headers, body: report(sequence) });
    await sleep(500);
  }
  const sentAt = performance.now();
  const completion: CompleteRequest = { manifest: { outputs: [] } };
  await runner.expect(200, { method: "POST", path: "/api/v1/leases/complete", headers, body: completion });
  await Promise.race([Promise.all(viewers.map(({ closed }) => closed)), sleep(HEARD_WITHIN_MS)]);
  for (const viewer of viewers) viewer.close();
  const heardAt = viewers.flatMap(({ seenAt }) => seenAt.get("succeeded") ?? []);
  return { connectedMs, heardMs: heardAt.map((at) => at - sentAt) };
}

function report(sequence: number): ProgressReport {
  const percent = (sequence * 100) / (REPORTS + 1);
  return { sequence, stage: "processing", percent, fps: 30, speed: 1, etaSeconds: 1, message: "encoding" };
}
