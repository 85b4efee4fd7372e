/** Pages of a listing that one walk follows; nothing of ours needs as many. */
const pagesAtMost = 200;

/** The objects whose keys begin with `prefix`, page by page. */
export async function* pagesBelow(bucket: R2Bucket, prefix: string): AsyncGenerator<readonly R2Object[]> {
  let cursor: string | undefined;
  do {
    const page: R2Objects = await bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
    yield page.objects;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}

export interface Folders {
  /** In the order of their names, each with its slash. */
  readonly prefixes: readonly string[];
  /** There may be more behind the last. */
  readonly more: boolean;
}

/**
 * The folders directly below `prefix`, behind the folder `after`: `least` of them, and what the last page of the listing brings
 * beyond, or all there are. A page may bring none, and yet not be the last: objects lie between.
 */
export async function foldersBelow(
  bucket: R2Bucket,
  prefix: string,
  after: string | undefined,
  least: number,
): Promise<Folders> {
  // "0" follows "/": everything below the folder comes before it.
  const behind = after === undefined ? {} : { startAfter: `${after.slice(0, -1)}0` };
  const prefixes: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < pagesAtMost; pages++) {
    const from = cursor === undefined ? behind : { cursor };
    const page: R2Objects = await bucket.list({ prefix, delimiter: "/", ...from });
    prefixes.push(...page.delimitedPrefixes.filter((folder) => after === undefined || folder > after));
    if (!page.truncated) return { prefixes: prefixes.sort(), more: false };
    if (prefixes.length >= least) return { prefixes: prefixes.sort(), more: true };
    cursor = page.cursor;
  }
  throw new Error(`${prefix} holds too many objects that are in no folder`);
}
