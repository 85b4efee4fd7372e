import { StoredManifest, StoredPart } from "@reelway/shared/contracts/manifest";
import { z } from "zod";
import { storedRows } from "../../support/stored-rows.ts";
import type { PromisedObject, StoredFacts } from "./facts.ts";

const text = z.string();
const JobRow = z.object({
  ...{ id: text, tenantId: text, state: text, run: z.int(), attempt: z.int(), code: text.nullable() },
  ...{ createdAt: z.int(), finishedAt: z.int().nullable() },
});
const AssetRow = z.object({ id: text, state: text, storageKey: text, bytes: z.int() });
const EventRow = z.object({ id: text, tenantId: text, type: text, jobId: text.nullable(), run: z.int().nullable() });
const DeliveryRow = z.object({
  ...{ eventId: text, endpointId: text, url: text, state: text, lastError: text.nullable() },
});
const Count = z.object({ count: z.int() });
const fromJson = text.transform((value): unknown => JSON.parse(value));
const Manifested = z.object({ id: text, manifest: fromJson.pipe(StoredManifest) });
const Part = z.object({ jobId: text, stored: fromJson.pipe(StoredPart) });
const Prefix = z.object({ prefix: text });

/** What the control plane's database holds. */
export function readStored(dataDir: string): StoredFacts {
  const rows = <Row>(schema: z.ZodType<Row>, sql: string): Row[] => z.array(schema).parse(storedRows(dataDir, sql));
  const count = (table: string) => rows(Count, `SELECT count(*) AS count FROM ${table}`)[0]?.count ?? 0;
  const manifests = rows(
    Manifested,
    "SELECT id, manifest FROM jobs WHERE state = 'succeeded' AND outputsErasedAt IS NULL AND manifest IS NOT NULL",
  );
  const parts = rows(Part, "SELECT jobId, stored FROM job_parts");
  const prefixes = rows(
    Prefix,
    `SELECT storageKey AS prefix FROM assets WHERE erasedAt IS NULL
      UNION SELECT prefix FROM storage_sweeps UNION SELECT prefix FROM job_parts
      UNION SELECT manifest ->> '$.prefix' FROM jobs WHERE manifest IS NOT NULL`,
  );
  return {
    jobs: rows(
      JobRow,
      "SELECT id, tenantId, state, run, attempt, error ->> '$.code' AS code, createdAt, finishedAt FROM jobs",
    ),
    assets: rows(AssetRow, "SELECT id, state, storageKey, bytes FROM assets"),
    events: rows(EventRow, "SELECT id, tenantId, type, jobId, data ->> '$.run' AS run FROM events"),
    deliveries: rows(DeliveryRow, "SELECT eventId, endpointId, url, state, lastError FROM webhook_deliveries"),
    outbox: count("outbox"),
    deadMessages: count("dead_messages"),
    promised: [
      ...manifests.flatMap(({ id, manifest }) => promisedBy(id, manifest)),
      ...parts.flatMap(({ jobId, stored }) => [
        ...promisedBy(jobId, stored),
        ...stored.segments.map(([name, bytes, etag]) => ({ jobId, key: `${stored.prefix}${name}`, bytes, etag })),
      ]),
    ],
    // What was exported of the audit log is kept for ever.
    knownPrefixes: ["audit", ...prefixes.map(({ prefix }) => prefix)],
  };
}

function promisedBy(jobId: string, { prefix, outputs }: Pick<StoredManifest, "prefix" | "outputs">): PromisedObject[] {
  return outputs.map((output) => ({
    ...{ jobId, bytes: output.bytes, etag: output.etag },
    key: `${output.prefix ?? prefix}${output.name}`,
  }));
}
