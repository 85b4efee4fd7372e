import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestStack } from "../support/test-stack.ts";

/** All that a stack tells and has written: answers, logs and tables, each as one text. */
export async function writtenBy({ client, dataDir }: TestStack): Promise<string[]> {
  const answers = JSON.stringify([
    await client.connections.list(),
    await client.jobs.list({ limit: 100 }),
    await client.assets.list({ limit: 100 }),
  ]);
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return [answers, ...files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))];
}
