import type { Log } from "../http/log.ts";
import { count } from "../observability/record.ts";

/** Writes messages that could not be handled to D1, at once: their queue forgets them after four days. */
export async function storeDeadMessages(db: D1Database, batch: MessageBatch<unknown>, log: Log): Promise<void> {
  const now = Date.now();
  const rows = batch.messages.map(({ id, body, attempts }) => ({ id, body: JSON.stringify(body) ?? "null", attempts }));
  await db
    .prepare(
      `INSERT INTO dead_messages (id, queue, body, attempts, createdAt)
        SELECT value ->> '$.id', ?1, value ->> '$.body', value ->> '$.attempts', ?2 FROM json_each(?3) WHERE true
        ON CONFLICT (id) DO NOTHING`,
    )
    .bind(batch.queue, now, JSON.stringify(rows))
    .run();
  count("reelway_queue_messages_dead_total", { queue: batch.queue }, rows.length);
  for (const { id, body } of rows) log.error("message is dead", { messageId: id, body });
  batch.ackAll();
}
