/** Requests answered until now, as the API's own metrics tell them, over all versions. */
export interface Answered {
  readonly all: number;
  /** With a 5xx. */
  readonly failed: number;
}

/** Of what was answered in between: more than this, and more than a few, and the rollout ends. */
const FAILED_AT_MOST = 0.02;
const TOO_FEW_TO_TELL = 5;

const SERIES = /^api_requests_total\{([^}]*)\} (\d+(?:\.\d+)?)$/gm;

/** Null where the key may not read metrics, or they can't be had: then there is nothing to go by. */
export async function answeredBy(url: string, key: string | undefined): Promise<Answered | null> {
  if (key === undefined) return null;
  try {
    const response = await fetch(`${url}/api/metrics`, {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(15_000),
    });
    return response.ok ? sumOf(await response.text()) : null;
  } catch {
    return null;
  }
}

function sumOf(metrics: string): Answered {
  const series = [...metrics.matchAll(SERIES)].map(([, labels = "", value]) => ({ labels, count: Number(value) }));
  const sum = (counted: typeof series) => counted.reduce((total, { count }) => total + count, 0);
  return { all: sum(series), failed: sum(series.filter(({ labels }) => /(^|,)status="5\d\d"/.test(labels))) };
}

/** What is wrong with the answers since `before`; undefined when nothing is, or too few came to tell. */
export function errorRateProblem(before: Answered | null, after: Answered | null): string | undefined {
  if (before === null || after === null) return undefined;
  const failed = after.failed - before.failed;
  const all = after.all - before.all;
  if (failed < TOO_FEW_TO_TELL || failed <= all * FAILED_AT_MOST) return undefined;
  return `${failed} of ${all} requests failed meanwhile`;
}
