import { PartFindings } from "@reelway/shared/contracts/quality";
import { z } from "zod";
import type { Env } from "../env.ts";
import type { PlanScope } from "./job-parts.ts";

/** Rows that are read at once: few enough for one answer of D1. */
const rowsPerRead = 500;

const findingsAfter = `
  SELECT part, stored -> '$.quality' AS quality, stored -> '$.factors' AS factors
  FROM job_parts
  WHERE jobId = ?1 AND planSha256 = ?2 AND region = ?3 AND part > ?4 AND (part LIKE 'encode:%' OR part LIKE 'quality:%')
  ORDER BY part LIMIT ?5`;

const Row = z.object({ part: z.string(), quality: z.string().nullable(), factors: z.string().nullable() });

/** What the parts of a plan found out about quality, as far as D1 knows them. */
export async function findFindings(env: Env, { jobId, planSha256, region }: PlanScope): Promise<PartFindings[]> {
  const found: PartFindings[] = [];
  for (let after = ""; ; ) {
    const read = await env.DB.prepare(findingsAfter).bind(jobId, planSha256, region, after, rowsPerRead).all();
    const rows = z.array(Row).parse(read.results);
    for (const { part, quality, factors } of rows)
      if (quality !== null || factors !== null)
        found.push(PartFindings.parse({ part, ...jsonOf("quality", quality), ...jsonOf("factors", factors) }));
    const last = rows.at(-1);
    if (last === undefined || rows.length < rowsPerRead) return found;
    after = last.part;
  }
}

function jsonOf(name: string, text: string | null): Record<string, unknown> {
  return text === null ? {} : { [name]: JSON.parse(text) };
}
