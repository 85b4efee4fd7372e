import type { Job, JobStatus } from "@reelway/shared/contracts/job";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { useEffect } from "preact/hooks";
import { JobFeed } from "./job-feed.ts";

/** One feed for each run of a job, however many parts of the page show it. */
const feeds = new Map<string, JobFeed>();
const feedsKept = 200;

function feedOf({ id, run }: Pick<Job, "id" | "run">): JobFeed {
  const key = `${id}/${run}`;
  const known = feeds.get(key);
  if (known) return known;
  const feed = new JobFeed(id);
  const [oldest] = feeds.keys();
  if (feeds.size >= feedsKept && oldest !== undefined) feeds.delete(oldest);
  feeds.set(key, feed);
  return feed;
}

/** The job's status as it changes; null before the first word, and of a job that had ended before. */
export function useJobStatus(job: Pick<Job, "id" | "run" | "state"> | undefined): JobStatus | null {
  const live = job !== undefined && !isTerminal(job.state);
  const feed = live ? feedOf(job) : undefined;
  useEffect(() => feed?.watch(), [feed]);
  return feed?.status.value ?? null;
}
