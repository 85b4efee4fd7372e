import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { auditOfSystem } from "../src/audit/audit-entry.ts";
import { createLog } from "../src/http/log.ts";
import { handleScheduled, sweepOutbox } from "../src/queues/sweep.ts";
import { listBatches } from "../src/store/batches.ts";
import { listExpiredAssets, listExpiredOutputs } from "../src/store/erasures.ts";
import { partsOfRendition } from "../src/store/rendition-parts.ts";
import { startNextRuns } from "../src/store/start-next-runs.ts";
import { chunkReportsFrom, findTitle, prefixOfSegment, reportsOfParts } from "../src/store/titles.ts";
import { readUsage, readUsageByTenant } from "../src/store/usage.ts";
import { askedDatabase } from "./support/asked-database.ts";
import { makeTenant, seedJob } from "./support/fleet.ts";

/** Tables that grow with every job, and aliases of them. */
const growing =
  /^(SCAN|SEARCH) (jobs|assets|events|webhook_deliveries|audit_log|idempotency_keys|storage_sweeps|job_parts|next|d|n)\b/;
/** Indexes that hold only what is under way. */
const ofLiveThings =
  /USING (COVERING )?INDEX (jobs_live|assets_uploading|storage_sweeps_by_due|webhook_deliveries_by_(due|host))\b/;
/** What is read from one end, and not beyond a bound. */
const bounded = /^SCAN (webhook_deliveries|events)( USING (COVERING )?INDEX sqlite_autoindex_webhook_deliveries_1)?$/;

/** Of what was asked: the steps that read a growing table from end to end, or all that one tenant ever made. */
async function longReads(asked: ReadonlyMap<string, unknown[]>, tooLong: RegExp): Promise<string[]> {
  const reads = await plansLike(asked, tooLong);
  return reads.filter(
    (read) => growing.test(read) && !ofLiveThings.test(read) && !bounded.test(read.split(" in ")[0] ?? ""),
  );
}

/** The steps of what was asked that are like this, each with its statement. */
async function plansLike(asked: ReadonlyMap<string, unknown[]>, like: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const [text, values] of asked) {
    const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${text}`)
      .bind(...values)
      .all<{ detail: string }>();
    for (const { detail } of results) if (like.test(detail)) found.push(`${detail} in ${text}`);
  }
  return found;
}

test("what the sweep asks every minute reads no growing table from end to end", async () => {
  const { watched, asked } = askedDatabase();
  await seedJob("weur", { outboxAt: 1 });
  await handleScheduled(watched);
  await sweepOutbox(watched, Date.now(), createLog());
  await listExpiredAssets(watched, Date.now(), 50);
  await listExpiredOutputs(watched, Date.now(), 50);
  expect(asked.size).toBeGreaterThan(15);
  expect(await longReads(asked, /^SCAN/)).toEqual([]);
});

test("a retry reads the jobs and assets that it is about, not all of its tenant", async () => {
  const { watched, asked } = askedDatabase();
  const tenantId = await makeTenant();
  const { job } = await seedJob("weur", { tenantId });
  const { id: jobId, run, storageRoot, region, shard } = job;
  const audit = auditOfSystem({ action: "job.retry", resource: jobId, tenantId });
  const next = { jobId, run, storageRoot: `${storageRoot}0`, region, shard, fetch: null };
  await startNextRuns(watched, tenantId, [next], Date.now(), [audit]);
  expect(asked.size).toBeGreaterThan(4);
  expect(await longReads(asked, /^SCAN|_by_tenant \(tenantId=\?\)$/)).toEqual([]);
});

test("a list of batches counts their jobs, and reads no others", async () => {
  const { watched, asked } = askedDatabase();
  await listBatches(watched, await makeTenant(), undefined, 20);
  expect(await longReads(asked, /^SCAN|_by_tenant \(tenantId=\?\)$/)).toEqual([]);
});

test("what players ask, and who joins a film, reads the rows of their job by part and by segment, not all of them", async () => {
  const { watched, asked } = askedDatabase();
  const scope = { jobId: "job", planSha256: "plan", region: "weur" } as const;
  await findTitle(watched, scope.jobId);
  await prefixOfSegment(watched, scope, 7);
  await chunkReportsFrom(watched, scope, 1, 100);
  await reportsOfParts(watched, scope, ["audio"]);
  for (const rendition of ["video-1", "audio-1"])
    await partsOfRendition(watched, scope, { rendition, from: 0, to: 501 });
  expect(asked.size).toBeGreaterThanOrEqual(6);
  expect(await longReads(asked, /^SCAN|\(jobId=\?\)$/)).toEqual([]);
});

test("usage is added up from indexes alone: no row of a job or an asset is read", async () => {
  const { watched, asked } = askedDatabase();
  const span = { from: 20_000, to: 21_000 };
  await readUsage(watched, await makeTenant(), span, span.to);
  await readUsageByTenant(watched, span, undefined, 20);
  expect(asked.size).toBeGreaterThanOrEqual(6);
  const byRows =
    /^(SCAN|SEARCH) (jobs|assets|usage_days)\b(?!.* COVERING INDEX (jobs_with_outputs|assets_ready))(?!.* INDEX sqlite_autoindex_usage_days_1 \(tenantId=\? AND day(>\? AND day<|=)\?\))/;
  expect(await plansLike(asked, byRows)).toEqual([]);
});
