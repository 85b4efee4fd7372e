import { ReelwayError } from "@reelway/shared/errors/reelway-error";

/** Deeper than any spec. */
const MAX_DEPTH = 16;

/**
 * JSON merge patch (RFC 7396): objects merge, null removes, anything else replaces. Builds new objects from own entries
 * only, so a `__proto__` in the patch is just a name, and the schema refuses it. Throws `invalid_request` when too deep.
 */
export function mergePatch(target: unknown, patch: unknown, depth = 0): unknown {
  if (!isObject(patch)) return patch;
  if (depth > MAX_DEPTH)
    throw new ReelwayError("invalid_request", undefined, {
      errors: [{ path: "overrides", message: `is nested deeper than ${MAX_DEPTH} levels` }],
    });
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value, depth + 1));
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
