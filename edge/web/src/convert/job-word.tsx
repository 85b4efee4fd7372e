import { Figures } from "../jobs/figures.tsx";
import { stateLabels } from "../jobs/shown-state.ts";
import { useJobStatus } from "../live/use-job-status.ts";

/** How far the job of a source is that was sent from here. */
export function JobWord({ jobId }: { jobId: string }) {
  const status = useJobStatus({ id: jobId, run: 1, state: "queued" });
  const state = status?.state ?? "queued";
  const tone = state === "failed" || state === "canceled" ? "item-bad" : state === "succeeded" ? "item-good" : "soft";
  return <p class={`small ${tone}`}>{state === "running" ? <Figures status={status} /> : stateLabels[state]}</p>;
}
