import { z } from "zod";

export const Health = z
  .object({
    status: z.enum(["ok", "unavailable"]),
    version: z.string(),
    checks: z.record(z.string(), z.string()).optional(),
  })
  .meta({ id: "Health" });
export type Health = z.infer<typeof Health>;
