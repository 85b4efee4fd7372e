import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Ledger } from "../load/ledger.ts";
import type { Tenant } from "../load/tenant.ts";

const pageSize = 100;

/** What each tenant is shown that is another's: in its own lists, and when it asks for another's by id. */
export async function foreignThings(tenants: readonly Tenant[], ledger: Ledger): Promise<string[]> {
  const found: string[] = [];
  for (const tenant of tenants) {
    const foreign = [...ledger.jobs.values()].filter(({ tenantId }) => tenantId !== tenant.id);
    const foreignIds = new Set(foreign.map(({ id }) => id));
    for (const id of await ownJobs(tenant)) if (foreignIds.has(id)) found.push(`${tenant.id} is listed ${id}`);
    const [one] = foreign;
    if (one !== undefined && (await isShown(tenant, one.id))) found.push(`${tenant.id} can read ${one.id}`);
  }
  return found;
}

async function ownJobs(tenant: Tenant): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await tenant.ask(({ jobs }) =>
      jobs.list({ limit: pageSize, ...(cursor === undefined ? {} : { cursor }) }),
    );
    ids.push(...page.items.map(({ id }) => id));
    if (page.nextCursor === null) return ids;
    cursor = page.nextCursor;
  }
}

async function isShown(tenant: Tenant, jobId: string): Promise<boolean> {
  try {
    await tenant.ask(({ jobs }) => jobs.get(jobId));
    return true;
  } catch (error) {
    if (error instanceof ReelwayError && error.code === "not_found") return false;
    throw error;
  }
}
