import type { EventType } from "@reelway/shared/contracts/event";
import { and, asc, eq, gt, type SQL, sql } from "drizzle-orm";
import type { Env } from "../env.ts";
import { noteEvents } from "../events/written.ts";
import { type Database, databaseOf } from "./database.ts";
import { insertWhere } from "./insert-where.ts";
import type { EventRow } from "./rows.ts";
import { events } from "./schema.ts";

/** An event that is yet to be stored. Its id is made by `eventId` (events/event-id.ts). */
export type NewEvent = Omit<EventRow, "sequence">;

/**
 * The event of a change: part of the very batch that makes the change; `condition` must hold exactly when it was made.
 * An event that is stored already is left as it is. A trigger on the table makes the webhook deliveries of whoever is
 * to be told, so nobody who writes an event needs to think of webhooks.
 */
export function insertEvent(database: Database, event: NewEvent, condition: SQL = sql`true`) {
  noteEvents();
  return insertWhere(database, events, event, condition).onConflictDoNothing();
}

export interface EventFilters {
  readonly after: number;
  readonly type?: EventType | undefined;
  readonly jobId?: string | undefined;
}

/** A tenant's events behind a sequence, oldest first, and the sequence of its newest one (0 without any). */
export async function listEvents(env: Env, tenantId: string, { after, type, jobId }: EventFilters, limit: number) {
  const database = databaseOf(env);
  const wanted = and(
    eq(events.tenantId, tenantId),
    gt(events.sequence, after),
    type === undefined ? undefined : eq(events.type, type),
    jobId === undefined ? undefined : eq(events.jobId, jobId),
  );
  const [rows, [newest]] = await database.batch([
    database.select().from(events).where(wanted).orderBy(asc(events.sequence)).limit(limit),
    database
      .select({ sequence: sql<number>`coalesce(max(${events.sequence}), 0)` })
      .from(events)
      .where(eq(events.tenantId, tenantId)),
  ]);
  return { rows, lastSequence: newest?.sequence ?? 0 };
}

/** Deletes those of the oldest `atMost` events that are from before `before`; answers how many. */
export async function deleteOldEvents(env: Env, before: number, atMost: number): Promise<number> {
  const { meta } = await env.DB.prepare(
    `DELETE FROM events WHERE sequence IN (
      SELECT sequence FROM (SELECT sequence, at FROM events ORDER BY sequence LIMIT ?2) WHERE at < ?1)`,
  )
    .bind(before, atMost)
    .run();
  return meta.changes;
}
