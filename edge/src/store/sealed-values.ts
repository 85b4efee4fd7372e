import { type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { AuditEntry } from "../audit/audit-entry.ts";
import type { Env } from "../env.ts";
import { databaseOf } from "./database.ts";
import { insertRows } from "./insert-rows.ts";
import { auditLog, connections, jobs, signingKeys, webhookEndpoints } from "./schema.ts";
import { statementOf } from "./statement.ts";

/** Where D1 keeps texts that are sealed and may be opened again. Signing keys are replaced instead. */
export const sealedPlaces = ["webhook", "webhook_previous", "connection", "source"] as const;
export type SealedPlace = (typeof sealedPlaces)[number];

interface Place {
  readonly table: SQLiteTable;
  readonly value: SQL;
  /** Puts another text into its place. */
  readonly set: (sealed: SQL) => SQL;
  /** Which rows' texts may be opened again: as the index on them says. */
  readonly needed: SQL;
}

const query = sql.raw("spec ->> '$.source.sealedQuery'");
const places: Readonly<Record<SealedPlace, Place>> = {
  webhook: column(webhookEndpoints, "encryptedSecret"),
  webhook_previous: column(webhookEndpoints, "encryptedPreviousSecret"),
  connection: column(connections, "encryptedSecret"),
  source: {
    table: jobs,
    value: query,
    set: (sealed) => sql`spec = json_set(spec, '$.source.sealedQuery', ${sealed})`,
    needed: sql.raw("kind = 'fetch' AND state <> 'succeeded'"),
  },
};

function column(table: SQLiteTable, name: string): Place {
  const value = sql.raw(name);
  return { table, value, set: (sealed) => sql`${value} = ${sealed}`, needed: sql`true` };
}

export interface SealedValue {
  readonly id: string;
  readonly tenantId: string;
  readonly sealed: string;
}

/** Texts of this place that begin so; at most `limit` of them. */
export function findSealed(env: Env, place: SealedPlace, prefix: string, limit: number): Promise<SealedValue[]> {
  const { table, value, needed } = places[place];
  return databaseOf(env).all<SealedValue>(sql`
    SELECT id, tenantId, ${value} AS sealed FROM ${table}
    WHERE ${needed} AND ${value} >= ${prefix} AND ${value} < ${behind(prefix)} LIMIT ${limit}`);
}

export interface Replacement {
  readonly was: SealedValue;
  readonly sealed: string;
  readonly audit: AuditEntry;
}

/** Replaces texts that are as they were read, each with its audit row; what was changed meanwhile stays. */
export async function replaceSealed(env: Env, place: SealedPlace, replacements: readonly Replacement[]): Promise<void> {
  const { table, value, set } = places[place];
  const rows = JSON.stringify(replacements.map(({ was, sealed }) => ({ id: was.id, was: was.sealed, sealed })));
  const wanted = sql`(SELECT value ->> '$.id' AS rowId, value ->> '$.was' AS was, value ->> '$.sealed' AS sealed
    FROM json_each(${rows})) AS e`;
  const replaced = sql`SELECT id FROM ${table}, ${wanted} WHERE id = e.rowId AND ${value} = e.sealed`;
  const audits = replacements.map(({ audit }) => audit);
  await env.DB.batch([
    statementOf(
      env,
      sql`UPDATE ${table} SET ${set(sql`e.sealed`)} FROM ${wanted} WHERE id = e.rowId AND ${value} = e.was`,
    ),
    statementOf(env, insertRows(databaseOf(env), auditLog, audits, sql`value ->> '$.resource' IN (${replaced})`)),
  ]);
}

/** How many texts that may be opened again do not begin so, the signing key among them. */
export async function countSealedOtherwise(env: Env, prefix: string): Promise<number> {
  const counts = sealedPlaces.map((name) => {
    const { table, value, needed } = places[name];
    const where = (range: SQL) => sql`(SELECT count(*) FROM ${table} WHERE ${needed} AND ${range})`;
    // Two ranges of an index; what was deleted is an empty text.
    return sql`${where(sql`${value} > '' AND ${value} < ${prefix}`)} + ${where(sql`${value} >= ${behind(prefix)}`)}`;
  });
  const keys = sql`(SELECT count(*) FROM ${signingKeys} WHERE retiredAt IS NULL
    AND NOT (encryptedPrivateJwk >= ${prefix} AND encryptedPrivateJwk < ${behind(prefix)}))`;
  const [row] = await databaseOf(env).all<{ count: number }>(
    sql`SELECT ${sql.join([...counts, keys], sql` + `)} AS count`,
  );
  return row?.count ?? 0;
}

/** The least text behind all that begin so: the prefix ends with a dot, which a slash follows. */
function behind(prefix: string): string {
  return `${prefix.slice(0, -1)}/`;
}
