import { apiPrefix } from "@reelway/shared/contracts/api-prefix";
import { limits } from "@reelway/shared/limits";

/** Where a runner names every file that it made. */
const COMPLETION = `${apiPrefix}/leases/complete`;

/** How large a request's body may be, by its path. */
export function bodyBytesMax(path: string): number {
  return path === COMPLETION ? limits.completionBodyBytes : limits.requestBodyBytes;
}
