import { defaultRegion } from "@reelway/shared/regions";
import { z } from "zod";
import { bucketOf, type Env } from "../env.ts";
import { type ChainedRow, canonicalJson } from "./chain.ts";

/** What was exported of the audit log behind one sequence: `audit/<first>-<last>.jsonl` in the default region's bucket. */
export interface AuditExport {
  readonly key: string;
  /** By the sequence of their rows. */
  readonly lines: ReadonlyMap<number, ExportedLine>;
  /** There are lines that are no row's, or a second one of a row. */
  readonly strange: boolean;
}
export interface ExportedLine {
  readonly text: string;
  readonly hash: string;
}

const Line = z.object({ sequence: z.int(), hash: z.string() });

/** Writes rows, of which there is at least one, once: what is there already came from the same rows. Answers its key. */
export async function writeExport(env: Env, rows: readonly [ChainedRow, ...ChainedRow[]]): Promise<string> {
  const key = `${keyStart(rows[0].row.sequence)}${padded((rows.at(-1) ?? rows[0]).row.sequence)}.jsonl`;
  await bucketOf(env, defaultRegion).put(key, rows.map((row) => `${exportLine(row)}\n`).join(""), {
    onlyIf: { etagDoesNotMatch: "*" },
    httpMetadata: { contentType: "application/x-ndjson" },
  });
  return key;
}

/** Every export that begins with this sequence. More than one where a sweep ended between its export and its seal. */
export async function readExportsFrom(env: Env, first: number): Promise<AuditExport[]> {
  const bucket = bucketOf(env, defaultRegion);
  const { objects } = await bucket.list({ prefix: keyStart(first) });
  const read = objects.map(async ({ key }) => {
    const object = await bucket.get(key);
    return object ? [exportOf(key, await object.text())] : [];
  });
  return (await Promise.all(read)).flat();
}

/** As a line of an export: the row as it was hashed, with its hash. */
export function exportLine({ row, hash }: ChainedRow): string {
  return canonicalJson({ ...row, hash });
}

function exportOf(key: string, text: string): AuditExport {
  const texts = text.split("\n").slice(0, -1);
  const lines = new Map(
    texts.flatMap((line) => {
      const parsed = Line.safeParse(jsonOrUndefined(line)).data;
      return parsed ? [[parsed.sequence, { text: line, hash: parsed.hash }] as const] : [];
    }),
  );
  return { key, lines, strange: lines.size !== texts.length };
}

function keyStart(first: number): string {
  return `audit/${padded(first)}-`;
}

/** So that names sort by age. */
function padded(sequence: number): string {
  return String(sequence).padStart(12, "0");
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
