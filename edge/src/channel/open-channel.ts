import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { limits } from "@reelway/shared/limits";
import type { Env } from "../env.ts";
import { callChannel } from "../objects/job-channel-stub.ts";
import { type StatusColumns, snapshotOf, statusOf, upgradeWith } from "./snapshot.ts";

/**
 * A viewer's WebSocket to a job's progress: the current status first, then each frame, closed after the last, or
 * soon after `credentialId`, the viewer's API key or session, holds no more. A job that has ended is answered from its
 * row. Throws `rate_limited` where as many watch as may, and `unavailable` when the channel refuses.
 */
export async function openChannel(env: Env, job: StatusColumns, credentialId?: string): Promise<WebSocket> {
  const snapshot = snapshotOf(job);
  if (isTerminal(snapshot.status.state)) return socketWithOneFrame(JSON.stringify(statusOf(snapshot, Date.now())));
  const answer = await callChannel(env, job.id, (channel) => channel.fetch(upgradeWith(job, credentialId)));
  const { status, webSocket } = answer;
  if (status === 429) throw new ReelwayError("rate_limited", `${limits.viewersPerJob} watch this job already`);
  if (webSocket === null) throw new ReelwayError("unavailable", "the job's channel did not answer");
  return webSocket;
}

function socketWithOneFrame(frame: string): WebSocket {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.send(frame);
  server.close(1000, "the job has ended");
  return client;
}
