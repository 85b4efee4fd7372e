import { formatBytes } from "@reelway/shared/cli/terminal/units";
import type { BudgetUse } from "@reelway/shared/contracts/usage";
import { Progress } from "../../parts/progress.tsx";

const figures = [
  { key: "jobs", name: "Jobs", write: (count: number) => count.toLocaleString("en") },
  { key: "workMinutes", name: "Minutes of work", write: (minutes: number) => Math.floor(minutes).toLocaleString("en") },
  { key: "bytes", name: "Bytes", write: formatBytes },
] as const;

/** How much of what the tenant may use today is used; nothing where it has no limit. */
export function BudgetBars({ budget }: { budget: BudgetUse }) {
  const limited = figures.flatMap((figure) => {
    const { used, limit } = budget[figure.key];
    return limit === null ? [] : [{ ...figure, used, limit }];
  });
  if (limited.length === 0) return null;
  return (
    <div class="panel stack">
      <h3>Budget of today</h3>
      <dl class="budget">
        {limited.map(({ key, name, write, used, limit }) => (
          <div key={key} class="stack">
            <dt>{name}</dt>
            <dd>
              <span>
                {write(used)} of {write(limit)}
                {used >= limit ? <strong>, used up</strong> : null}
              </span>
              <Progress
                percent={used >= limit ? 100 : (100 * used) / limit}
                label={name}
                tone={used >= limit ? "bad" : "accent"}
              />
            </dd>
          </div>
        ))}
      </dl>
      <p class="soft">
        {limited.some(({ used, limit }) => used >= limit)
          ? "New jobs, and uploads beyond what is left, are refused until 00:00 UTC. Jobs that run go on."
          : "New jobs are refused once it is used up, and uploads beyond what is left, until 00:00 UTC. Jobs that run go on."}
      </p>
    </div>
  );
}
