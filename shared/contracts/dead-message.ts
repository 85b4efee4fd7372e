import { z } from "zod";
import { Timestamp } from "./time.ts";

/** The queue's own id of a message. */
export const DeadMessageId = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9_-]+$/, "not a message's id");

/** A queue message that could not be handled, however often it was tried: kept for people. */
export const DeadMessage = z
  .object({
    id: DeadMessageId,
    queue: z.string().meta({ description: "The dead-letter queue that it came from" }),
    body: z.string().meta({ description: "As JSON text: ids, never content" }),
    attempts: z.int(),
    createdAt: Timestamp,
  })
  .meta({ id: "DeadMessage" });
export type DeadMessage = z.infer<typeof DeadMessage>;
