/**
 * Every metric that the control plane counts. Names and labels are kept; docs/metrics.md is compared with them by a test.
 * Label values come from closed sets (routes, codes, regions), never from what a caller sent: their number is bounded.
 */
interface Definition {
  readonly help: string;
  readonly labels: readonly string[];
}
export interface HistogramDefinition extends Definition {
  /** Upper bounds, seconds; one without a bound comes after them. */
  readonly buckets: readonly number[];
}

/** Time to an answer: from a read out of a cache to the longest long poll. */
const answerSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 30];
/** Time in a queue: from the fast way to a night's backlog. */
const waitSeconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1_800, 7_200, 43_200];
const workSeconds = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600];

export const counters = {
  api_requests_total: { help: "Requests answered, by route pattern", labels: ["method", "route", "status"] },
  reelway_api_problems_total: {
    help: "Problem documents answered, by error code (rate_limited, lease_lost, …)",
    labels: ["code"],
  },
  video_processing_total: { help: "Jobs ended, by what they make and how", labels: ["format", "status"] },
  reelway_jobs_ended_total: { help: "Jobs ended, by where and how", labels: ["region", "status"] },
  reelway_tasks_completed_total: { help: "Tasks that runners completed", labels: ["region"] },
  reelway_media_seconds_total: { help: "Length of the sources of jobs that succeeded", labels: ["region"] },
  reelway_jobs_enqueued_total: { help: "Runs of jobs that their queue took in", labels: ["kind", "region"] },
  reelway_leases_total: { help: "Leases given", labels: ["region"] },
  reelway_hedges_total: {
    help: "Second leases on slow tasks: begun, and of those that ended by a completion who was first (started, won, lost)",
    labels: ["region", "outcome"],
  },
  reelway_lease_expirations_total: { help: "Leases that ran out while their runner was silent", labels: ["region"] },
  reelway_attempts_failed_total: { help: "Attempts that ended badly, by error code", labels: ["region", "code"] },
  reelway_fencing_rejections_total: {
    help: "Calls with a lease that was another's or nobody's by then",
    labels: ["call"],
  },
  reelway_heartbeats_total: { help: "Heartbeats answered", labels: ["region"] },
  reelway_login_failures_total: { help: "Logins refused", labels: [] },
  reelway_webhook_deliveries_total: {
    help: "Webhook calls made, by what became of them (delivered, retrying, failed, blocked)",
    labels: ["outcome"],
  },
  reelway_queue_messages_dead_total: { help: "Queue messages that could not be handled", labels: ["queue"] },
  reelway_sweep_failures_total: { help: "Duties of the minutely sweep that failed", labels: ["duty"] },
  reelway_trace_spans_dropped_total: {
    help: "Spans that never reached the collector, by reason (queue_full, collector)",
    labels: ["reason"],
  },
  reelway_metric_series_dropped_total: { help: "Increments dropped because there were too many series", labels: [] },
} as const satisfies Record<string, Definition>;

export const histograms = {
  api_request_duration_seconds: {
    help: "Time to the answer's headers, by route pattern",
    labels: ["method", "route"],
    buckets: answerSeconds,
  },
  video_processing_duration_seconds: {
    help: "From a job's first start to its success, by what it makes",
    labels: ["format"],
    buckets: workSeconds,
  },
  reelway_dispatch_latency_seconds: {
    help: "From a job's creation, or the start it asked for, to its first lease",
    labels: ["region"],
    buckets: waitSeconds,
  },
  reelway_job_latency_seconds: {
    help: "From a job's creation, or the start it asked for, to its success",
    labels: ["format"],
    buckets: workSeconds,
  },
} as const satisfies Record<string, HistogramDefinition>;

export type CounterName = keyof typeof counters;
export type HistogramName = keyof typeof histograms;

/** What must be told with a count: each label of the metric, and no other. */
export type CounterLabels<Name extends CounterName> = Readonly<
  Record<(typeof counters)[Name]["labels"][number], string | number>
>;
export type HistogramLabels<Name extends HistogramName> = Readonly<
  Record<(typeof histograms)[Name]["labels"][number], string | number>
>;
