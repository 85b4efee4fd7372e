import { z } from "zod";
import { RequestedSpec } from "./job-spec.ts";

/** A named, versioned job spec that ships with Reelway. */
export const Preset = z
  .object({
    name: z.string().regex(/^[a-z0-9-]{1,40}$/),
    version: z.int().min(1),
    title: z.string(),
    description: z.string(),
    spec: RequestedSpec,
  })
  .meta({ id: "Preset" });
export type Preset = z.infer<typeof Preset>;
