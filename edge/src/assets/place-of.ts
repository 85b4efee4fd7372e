import { nearestRegion, type RegionId } from "@reelway/shared/regions";
import { z } from "zod";

/** What routing reads of `request.cf`: everything in it is optional, and coordinates are strings. */
const Cf = z.object({
  latitude: z.coerce.number().optional().catch(undefined),
  longitude: z.coerce.number().optional().catch(undefined),
  continent: z.string().optional().catch(undefined),
});

/** The region nearest to where the request came from; the default where that is not known. */
export function regionNearest(cf: unknown): RegionId {
  const place = Cf.safeParse(cf);
  return nearestRegion(place.success ? place.data : {});
}
