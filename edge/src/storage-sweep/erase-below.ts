/** Nobody's bytes but those that the random part names lie below it: whatever lacks it is a mistake, and not deleted. */
const UNGUESSABLE = /^t\/[^/]+\/[0-9a-f]{32}\//;
/** Pages of 1,000 keys that one call looks at. */
const PAGES_AT_ONCE = 100;

export interface Erased {
  readonly objects: number;
  readonly bytes: number;
}

export const nothingErased: Erased = { objects: 0, bytes: 0 };

export function addErased(a: Erased, b: Erased): Erased {
  return { objects: a.objects + b.objects, bytes: a.bytes + b.bytes };
}

/**
 * Deletes the objects whose keys begin with `prefix`, but for those below one of `keep`. `more`: a further call is needed.
 */
export async function eraseBelow(
  bucket: R2Bucket,
  prefix: string,
  keep: readonly string[] = [],
): Promise<Erased & { readonly more: boolean }> {
  if (!UNGUESSABLE.test(prefix)) throw new Error("not a prefix that may be deleted");
  const kept = new Set(keep);
  const depths = new Set(keep.map((path) => path.split("/").length));
  // Every path to keep ends in a slash: of a key only the beginnings of their depths can be one.
  const isKept = (key: string) => {
    const steps = key.split("/");
    return [...depths].some((depth) => kept.has(`${steps.slice(0, depth - 1).join("/")}/`));
  };
  let erased = nothingErased;
  let cursor: string | undefined;
  for (let pages = 0; pages < PAGES_AT_ONCE; pages++) {
    const page: R2Objects = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
    const found = page.objects.filter(({ key }) => !isKept(key));
    if (found.length > 0) await bucket.delete(found.map(({ key }) => key));
    erased = addErased(erased, { objects: found.length, bytes: found.reduce((sum, { size }) => sum + size, 0) });
    if (!page.truncated) return { ...erased, more: false };
    cursor = page.cursor;
  }
  return { ...erased, more: true };
}

/** The same for all of a prefix, seen to be gone by another listing. Throws when something is left. */
export async function eraseAll(bucket: R2Bucket, prefix: string): Promise<Erased> {
  const { more, ...erased } = await eraseBelow(bucket, prefix);
  if (more || (await bucket.list({ prefix, limit: 1 })).objects.length > 0)
    throw new Error("objects are left after a deletion");
  return erased;
}
