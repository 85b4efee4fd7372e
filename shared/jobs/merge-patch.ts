/**
 * JSON merge patch (RFC 7396 §2): objects merge, null removes, anything else replaces. Builds new objects from own entries
 * only, so a `__proto__` in the patch is just a name, which the schema of the result refuses. As deep as the patch: who
 * takes one from outside bounds that first.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
