/** An object as the bucket lists it. */
export type Listed = Pick<R2Object, "key" | "size" | "etag">;

/** All objects whose keys begin with `prefix`, by their keys. */
export async function objectsBelow(bucket: R2Bucket, prefix: string): Promise<Map<string, Listed>> {
  const found = new Map<string, Listed>();
  let cursor: string | undefined;
  do {
    const page: R2Objects = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
    for (const object of page.objects) found.set(object.key, object);
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return found;
}

export interface Folders {
  /** In the order of their names, each with its slash. */
  readonly prefixes: readonly string[];
  /** There are more behind the last. */
  readonly more: boolean;
}

/** The folders directly below `prefix`, behind the folder `after`: a page of at most 1,000. */
export async function foldersBelow(bucket: R2Bucket, prefix: string, after: string | undefined): Promise<Folders> {
  // "0" follows "/": everything below the folder comes before it.
  const behind = after === undefined ? {} : { startAfter: `${after.slice(0, -1)}0` };
  const page = await bucket.list({ prefix, delimiter: "/", ...behind });
  const prefixes = page.delimitedPrefixes.filter((folder) => after === undefined || folder > after).sort();
  return { prefixes, more: page.truncated && prefixes.length > 0 };
}
