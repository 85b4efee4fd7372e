import { z } from "zod";
import { TaskId } from "../ids.ts";

/**
 * What RegionQueue says to a runner over `GET /api/v1/runner/doorbell` (WebSocket). Hints only: a lost message costs
 * time, never work, since runners also poll slowly and verdicts come with every heartbeat.
 */
export const DoorbellMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("work") }).meta({ description: "There is work that you can do: lease now" }),
  z
    .object({ type: z.literal("stop"), taskId: TaskId, epoch: z.int() })
    .meta({ description: "Beat now: this lease is over" }),
]);
export type DoorbellMessage = z.infer<typeof DoorbellMessage>;

/** Sent by the runner to keep the socket open; answered by the platform without waking the object. */
export const doorbellPing = "ping";
export const doorbellPong = "pong";
