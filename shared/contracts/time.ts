import { z } from "zod";

/** Milliseconds since the epoch, UTC. */
export const Timestamp = z.int().min(0).meta({ description: "Milliseconds since the epoch, UTC" });
