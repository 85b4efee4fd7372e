import { z } from "zod";

const Bytes = z.int().min(0);

/** What `reelway-media fetch --json` tells while it works. */
export const FetchEvent = z.discriminatedUnion("event", [
  z.object({ event: z.literal("room"), bytes: Bytes }),
  z.object({
    event: z.literal("started"),
    total: Bytes.nullable(),
    resumedBytes: Bytes,
    ranges: z.boolean(),
    contentType: z.string().nullable(),
  }),
  z.object({ event: z.literal("progress"), bytes: Bytes, total: Bytes.nullable(), connections: z.int() }),
  z.object({ event: z.literal("retry"), code: z.string(), delayMs: z.int() }),
  z.object({ event: z.literal("restarted") }),
  z.object({
    event: z.literal("done"),
    bytes: Bytes,
    ranges: z.boolean(),
    requests: z.int(),
    retries: z.int(),
    peakConnections: z.int(),
  }),
]);
export type FetchEvent = z.infer<typeof FetchEvent>;
