import type { JobStatus } from "@reelway/shared/contracts/job";
import { JobError } from "@reelway/shared/contracts/job-error";
import { isTerminal, JobState, type Stage } from "@reelway/shared/jobs/state-machine";
import { z } from "zod";
import type { Snapshot } from "./channel-state.ts";

/** Carries the row from the Worker to the object with the upgrade. Short: a job that has ended needs no channel. */
const snapshotHeader = "reelway-snapshot";
/** By which credential the viewer was let in, for as long as they stay. */
const credentialHeader = "reelway-credential-id";

/** The columns of a job's row that its status is made of, where they come as text: out of D1 by hand, or with an upgrade. */
const StatusColumns = z.object({
  id: z.string(),
  run: z.number(),
  state: JobState,
  attempt: z.number(),
  error: JobError.nullable(),
  updatedAt: z.number(),
  awaitsSource: z.coerce.boolean().optional().meta({ description: "Absent from a Worker one version older" }),
});
export type StatusColumns = Readonly<z.infer<typeof StatusColumns>>;

/** What the row alone tells of a job's progress. */
export function snapshotOf(row: StatusColumns): Snapshot {
  const { id, run, state, attempt, error, updatedAt, awaitsSource } = row;
  return {
    run,
    status: {
      id,
      state,
      stage: stageOf(state),
      percent: state === "succeeded" ? 100 : 0,
      message: awaitsSource ? "waiting for its source" : "",
      attempt,
      fps: null,
      speed: null,
      etaSeconds: null,
      error,
      updatedAt,
    },
  };
}

/**
 * A status without a channel. Frames count by the clock: an end is behind every frame that was sent before it, whatever
 * is still waiting is before them.
 */
export function statusOf({ status }: Snapshot, now: number): JobStatus {
  return { ...status, sequence: isTerminal(status.state) ? now : status.updatedAt };
}

function stageOf(state: JobState): Stage {
  if (state === "queued" || state === "planning") return "queued";
  return state === "running" ? "downloading" : "finalizing";
}

/** `credentialId` is of the viewer's API key or session. */
export function upgradeWith(row: StatusColumns, credentialId?: string): Request {
  const { id, run, state, attempt, updatedAt, awaitsSource } = row;
  const shown = { id, run, state, attempt, error: null, updatedAt, awaitsSource };
  const snapshot = encodeURIComponent(JSON.stringify(shown));
  const headers = { upgrade: "websocket", [snapshotHeader]: snapshot };
  const viewer = credentialId === undefined ? {} : { [credentialHeader]: credentialId };
  return new Request("https://job-channel/", { headers: { ...headers, ...viewer } });
}

export function snapshotFromUpgrade(request: Request): Snapshot {
  return snapshotOf(StatusColumns.parse(JSON.parse(decodeURIComponent(request.headers.get(snapshotHeader) ?? ""))));
}

/** Whose viewer an upgrade is for; null where the Worker did not say. */
export function credentialFromUpgrade(request: Request): string | null {
  return request.headers.get(credentialHeader);
}

/** Throws when the row is not as the projection writes it. */
export async function readSnapshot(db: D1Database, jobId: string): Promise<Snapshot | null> {
  const row = await db
    .prepare("SELECT id, run, state, attempt, error, updatedAt, awaitsSource FROM jobs WHERE id = ?")
    .bind(jobId)
    .first<{ error: string | null }>();
  if (row === null) return null;
  return snapshotOf(StatusColumns.parse({ ...row, error: row.error && JSON.parse(row.error) }));
}
