import type { BudgetUse, TenantUsage, Usage, UsageFigures } from "@reelway/shared/contracts/usage";
import type { BudgetRow } from "../store/budgets.ts";
import type { DaySpan, readUsage, readUsageByTenant, UsageSums } from "../store/usage.ts";
import { formatDay, startOfDay } from "./days.ts";

const nothing: UsageSums = {
  jobsSucceeded: 0,
  jobsFailed: 0,
  jobsCanceled: 0,
  sourceMs: 0,
  workMs: 0,
  outputBytes: 0,
  deliveredBytes: 0,
};

export function presentUsage(
  tenantId: string,
  { from, to }: DaySpan,
  { days, stored, budget }: Awaited<ReturnType<typeof readUsage>>,
  today: number,
): Usage {
  const span = { from: formatDay(from), to: formatDay(to) };
  const shown = days.map(({ day, ...sums }) => ({ day: formatDay(day), ...figuresOf(sums) }));
  return {
    tenantId,
    ...span,
    days: shown,
    total: figuresOf(days.reduce(add, nothing)),
    stored,
    budget: budgetUse(budget, today),
  };
}

function budgetUse(row: BudgetRow | undefined, today: number): BudgetUse {
  const { jobs = 0, workMs = 0, bytes = 0 } = row?.used ?? {};
  return {
    day: formatDay(today),
    beginsAnewAt: startOfDay(today + 1),
    jobs: { used: jobs, limit: row?.jobsPerDay ?? null },
    workMinutes: { used: workMs / 60_000, limit: row?.workMinutesPerDay ?? null },
    bytes: { used: bytes, limit: row?.bytesPerDay ?? null },
  };
}

export function presentTenantUsage(row: Awaited<ReturnType<typeof readUsageByTenant>>[number]): TenantUsage {
  const { id: tenantId, name, used = nothing, stored } = row;
  return { tenantId, name, total: figuresOf(used), stored };
}

function figuresOf({ sourceMs, workMs, ...sums }: UsageSums): UsageFigures {
  const { jobsSucceeded, jobsFailed, jobsCanceled, outputBytes, deliveredBytes } = sums;
  return {
    ...{ jobsSucceeded, jobsFailed, jobsCanceled },
    sourceSeconds: sourceMs / 1_000,
    workSeconds: workMs / 1_000,
    ...{ outputBytes, deliveredBytes },
  };
}

function add(a: UsageSums, b: UsageSums): UsageSums {
  return {
    jobsSucceeded: a.jobsSucceeded + b.jobsSucceeded,
    jobsFailed: a.jobsFailed + b.jobsFailed,
    jobsCanceled: a.jobsCanceled + b.jobsCanceled,
    sourceMs: a.sourceMs + b.sourceMs,
    workMs: a.workMs + b.workMs,
    outputBytes: a.outputBytes + b.outputBytes,
    deliveredBytes: a.deliveredBytes + b.deliveredBytes,
  };
}
