import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { checkout } from "./paths.ts";

const folder = join(checkout, "edge/migrations");
const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
const DAY_MS = 86_400_000;

function apply(database: DatabaseSync, name: string): void {
  for (const statement of readFileSync(join(folder, name), "utf8").split("--> statement-breakpoint"))
    database.exec(statement);
}

/** A database as it was before anybody counted usage. */
function earlierDatabase() {
  const database = new DatabaseSync(":memory:");
  for (const name of names.sort()) if (name < "0012") apply(database, name);
  const insert = database.prepare(
    `INSERT INTO jobs (id, tenantId, assetId, region, shard, kind, spec, state, priority, hardware, runnerLabels, tags,
       metadata, storageRoot, createdAt, updatedAt, finishedAt, manifest, error)
     VALUES (?, 'ten', 'ast', 'weur', 'weur:0', ?, '{}', ?, 50, 'prefer', '[]', '[]', '{}', 't', 1, 1, ?, ?, ?)`,
  );
  const json = (value: object | undefined) => (value === undefined ? null : JSON.stringify(value));
  const job = (
    id: string,
    kind: string,
    state: string,
    finishedAt: number | null,
    { manifest, error }: { manifest?: object; error?: object } = {},
  ) => insert.run(id, kind, state, finishedAt, json(manifest), json(error));
  return { database, job };
}

test("what was made before anybody counted is added up as ends are now: streams with their parts, no sources, and what ran", () => {
  const { database, job } = earlierDatabase();
  const source = { durationSeconds: 12.3456 };
  const execution = { processMs: 700 };
  const outputs = [{ role: "video", bytes: 100 }];
  job("file", "transcode", "succeeded", 3 * DAY_MS + 5, { manifest: { source, execution, outputs } });
  const shown = { role: "video", bytes: 40, prefix: "t/a/" };
  const film = { source, execution: { processMs: 20 }, outputs: [{ role: "playlist", bytes: 3 }, shown] };
  job("film", "stream", "succeeded", 4 * DAY_MS - 1, { manifest: film });
  job("fetch", "fetch", "succeeded", 3 * DAY_MS, { manifest: { outputs: [{ role: "source", bytes: 9_000 }] } });
  job("bad", "transcode", "failed", 4 * DAY_MS, { error: { code: "encode_failed", message: "" } });
  job("older", "transcode", "failed", 4 * DAY_MS);
  job("sourceless", "transcode", "failed", 4 * DAY_MS, { error: { code: "asset_failed", message: "" } });
  job("live", "transcode", "running", null);
  const stored = {
    execution: { processMs: 3_000 },
    outputs: [{ bytes: 40 }],
    segments: [
      ["a", 500, "e"],
      ["b", 600, "e"],
    ],
  };
  database
    .prepare(
      `INSERT INTO job_parts (jobId, part, run, taskId, planSha256, region, prefix, stored, completedAt)
       VALUES ('film', 'encode:0', 1, 'tsk', 'p', 'weur', 't/a/', ?, 1)`,
    )
    .run(JSON.stringify(stored));

  apply(database, "0012_usage.sql");
  const made = database.prepare("SELECT id, outputBytes FROM jobs WHERE outputBytes > 0 ORDER BY id").all();
  expect(made.map((row) => ({ ...row }))).toEqual([
    { id: "file", outputBytes: 100 },
    { id: "film", outputBytes: 1_143 },
  ]);
  const days = database.prepare("SELECT * FROM usage_days ORDER BY day").all();
  const nothing = { tenantId: "ten", jobsCanceled: 0, deliveredBytes: 0 };
  expect(days.map((row) => ({ ...row }))).toEqual([
    {
      ...{ ...nothing, day: 3, jobsSucceeded: 3, jobsFailed: 0 },
      ...{ sourceMs: 24_692, workMs: 3_720, outputBytes: 1_243 },
    },
    { ...{ ...nothing, day: 4, jobsSucceeded: 0, jobsFailed: 2 }, ...{ sourceMs: 0, workMs: 0, outputBytes: 0 } },
  ]);
});
