import { capabilitiesFor } from "@reelway/shared/contracts/capability";
import {
  type CompleteRequest,
  LeasedTask,
  LeaseOutcome,
  type LeaseRequest,
  leaseTokenHeader,
} from "@reelway/shared/contracts/lease";
import { protocol, type RunnerDescription } from "@reelway/shared/contracts/runner";
import { presets } from "@reelway/shared/presets/catalogue";
import { type LoadResult, runClosedLoop, timed } from "../load/closed-loop.ts";
import { HttpSession } from "../load/http-session.ts";
import type { Side } from "../sides/side.ts";

export interface LeaseResult {
  /** One step is a lease and its completion. */
  readonly cycles: LoadResult;
  readonly leaseMs: readonly number[];
  readonly completeMs: readonly number[];
  /** Jobs that were queued for it. */
  readonly waiting: number;
}

const LeasedWork = LeasedTask.pick({ taskId: true, leaseToken: true });

/** A runner that can do every preset, on paper. */
export const ableRunner: RunnerDescription = {
  capabilities: [...new Set(presets.flatMap(({ spec }) => capabilitiesFor(spec, "prefer", [])))].sort(),
  slots: 4,
  version: "0.1.0",
  protocol,
  draining: false,
};

/** One HTTP client per runner, each leasing one task and completing it at once with an empty manifest. */
export async function measureLeasing(
  side: Side,
  options: { warmUpMs: number; durationMs: number; waiting: number },
): Promise<LeaseResult> {
  const leaseMs: number[] = [];
  const completeMs: number[] = [];
  const sessions = side.runnerCredentials.map((bearer) => new HttpSession({ url: side.url, bearer, connections: 1 }));
  const leaseRequest: LeaseRequest = { runner: ableRunner, max: 1 };
  const completion: CompleteRequest = { manifest: { outputs: [] } };

  const cycles = await runClosedLoop({
    clients: sessions.length,
    warmUpMs: options.warmUpMs,
    durationMs: options.durationMs,
    maxSteps: Number.POSITIVE_INFINITY,
    step: async (client) => {
      const session = sessions[client];
      if (session === undefined) return "nothing-left";
      const lease = await timed(() =>
        session.expect(200, { method: "POST", path: "/api/v1/runner/leases", body: leaseRequest }),
      );
      const task = firstTask(lease.value);
      if (task === null) return "nothing-left";
      const complete = await timed(() =>
        session.expect(200, {
          method: "POST",
          path: "/api/v1/leases/complete",
          headers: { [leaseTokenHeader]: task.leaseToken },
          body: completion,
        }),
      );
      LeaseOutcome.parse(JSON.parse(complete.value));
      leaseMs.push(lease.ms);
      completeMs.push(complete.ms);
      return { ms: lease.ms + complete.ms };
    },
  });
  for (const session of sessions) session.close();
  return { cycles, leaseMs, completeMs, waiting: options.waiting };
}

/** The task of a lease answer, or null where there was no work. */
export function firstTask(body: string): { leaseToken: string } | null {
  const answer: unknown = JSON.parse(body);
  if (typeof answer !== "object" || answer === null || !("tasks" in answer)) throw new Error("not a lease answer");
  const [task] = LeasedWork.array().parse(answer.tasks);
  return task ?? null;
}
