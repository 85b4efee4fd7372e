import { JobOrder } from "@reelway/shared/contracts/job";
import { RegionId } from "@reelway/shared/regions";
import { z } from "zod";

/** What is to be made of a file, and where. */
export const Order = z.object({
  recipe: JobOrder.pick({ preset: true, spec: true, priority: true }),
  region: RegionId.optional(),
});
export type Order = z.infer<typeof Order>;
