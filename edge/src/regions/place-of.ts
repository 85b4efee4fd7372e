import type { Place } from "@reelway/shared/regions";
import { z } from "zod";

/** What routing reads of `request.cf`: everything in it is optional, and coordinates are strings. */
const Cf = z.object({
  latitude: z.coerce.number().optional().catch(undefined),
  longitude: z.coerce.number().optional().catch(undefined),
  country: z.string().optional().catch(undefined),
  continent: z.string().optional().catch(undefined),
});

/** Where a request came from, as far as the platform tells. */
export function placeOf(cf: unknown): Place {
  const place = Cf.safeParse(cf);
  return place.success ? place.data : {};
}
