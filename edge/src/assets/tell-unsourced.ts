import type { QueueEvent } from "@reelway/shared/scheduling/records";
import { tellToLook } from "../channel/tell-to-look.ts";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";

/** Channels that one projection tells; the others look by themselves. */
const atOnce = 100;

/** Tells those who watch jobs that have failed because these events ended the fetch of their source. Never throws. */
export async function tellUnsourced(env: Env, events: readonly QueueEvent[], log: Log): Promise<void> {
  const ends = events.filter(({ type }) => type === "job.failed" || type === "job.canceled");
  if (ends.length === 0) return;
  try {
    const { results } = await env.DB.prepare(watched)
      .bind(JSON.stringify(ends.map(({ jobId }) => jobId)), atOnce)
      .all<{ id: string }>();
    await tellToLook(
      env,
      results.map(({ id }) => id),
    );
  } catch (error) {
    log.warn("viewers of jobs without a source not told", { error });
  }
}

const watched = `
  SELECT failed.id FROM jobs AS fetch
  JOIN jobs AS failed ON failed.assetId = fetch.assetId AND failed.kind <> 'fetch'
    AND failed.finishedAt = fetch.finishedAt AND failed.channelSince IS NOT NULL
  WHERE fetch.id IN (SELECT value FROM json_each(?1)) AND fetch.kind = 'fetch' LIMIT ?2`;
