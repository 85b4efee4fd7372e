import type { ReusedRow, ReuseReference } from "../store/reused-streams.ts";
import type { RefusedReference } from "./refused-references.ts";

/** What stands against taking renditions of a stream, of which `found` is what the tenant has by that id. */
export function refusedReuse(
  { assetIds, except }: ReuseReference,
  found: ReusedRow | undefined,
  path: string,
): RefusedReference[] {
  const refused = (field: string, message: string): RefusedReference => ({
    ...{ path: `${path}.${field}`, code: "invalid_request", message },
  });
  const message = whyNot(assetIds, found);
  if (message !== null) return [refused("jobId", message)];
  const sizes = found?.sizes ?? [];
  const has = sizes.length > 0 ? `it has ${sizes.join(", ")}` : "it has none";
  return except.flatMap((name, index) =>
    sizes.includes(name) ? [] : [refused(`except.${index}`, `is no size of that stream: ${has}`)],
  );
}

function whyNot(assetIds: readonly string[], found: ReusedRow | undefined): string | null {
  if (found === undefined) return "is not one of your jobs";
  if (found.kind !== "stream") return "makes no stream";
  if (found.state !== "succeeded") return `has not succeeded: it is ${found.state}`;
  if (found.outputsErasedAt !== null) return "has no files any more: they were deleted";
  return assetIds.every((id) => id === found.assetId) ? null : "is of another asset";
}
