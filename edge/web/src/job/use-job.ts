import type { Job, JobStatus } from "@reelway/shared/contracts/job";
import { isTerminal } from "@reelway/shared/jobs/state-machine";
import { useQuery, useQueryClient } from "@tanstack/preact-query";
import { useEffect } from "preact/hooks";
import { client } from "../api/client.ts";
import { useJobStatus } from "../live/use-job-status.ts";

const refreshMs = 3_000;

/** A job with its live status. The row is read again now and then while it lives, and at each turn that its channel tells. */
export function useJob(id: string) {
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ["job", id],
    queryFn: ({ signal }) => client.jobs.get(id, signal),
    refetchInterval: ({ state }) => (isLive(state.data) ? refreshMs : false),
  });
  const status = useJobStatus(query.data);
  useEffect(() => {
    if (status !== null) void queries.invalidateQueries({ queryKey: ["job", id] });
  }, [status?.state, id]);
  return { ...query, status };
}

export const isLive = (job: Pick<Job, "state"> | undefined): boolean => job !== undefined && !isTerminal(job.state);

/** What its queue has of the job: read often while it lives. */
export function useTasks(job: Job, status: JobStatus | null) {
  const live = isLive(job) && job.state !== "queued";
  return useQuery({
    queryKey: ["tasks", job.id, job.run, job.state, status?.stage],
    queryFn: async ({ signal }) => (await client.jobs.tasks(job.id, signal)).items,
    refetchInterval: live ? 2_000 : false,
    placeholderData: (before) => before,
  });
}

export function usePlan(job: Job, isPlanned: boolean) {
  return useQuery({
    queryKey: ["plan", job.id, job.run],
    queryFn: ({ signal }) => client.jobs.plan(job.id, signal),
    enabled: job.kind === "stream" && isPlanned,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useWaiting(job: Job) {
  return useQuery({
    queryKey: ["waiting", job.id, job.run],
    queryFn: ({ signal }) => client.jobs.waiting(job.id, signal),
    enabled: job.state === "queued",
    refetchInterval: 5_000,
  });
}
