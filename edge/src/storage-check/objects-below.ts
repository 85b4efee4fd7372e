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
  readonly folders: readonly string[];
  /** There may be more behind the last. */
  readonly more: boolean;
}

/** Pages of one listing that are followed at most. */
const pagesAtMost = 200;

/**
 * Our folders directly below `prefix`, behind the folder `after`: `least` of them and what the last page of the
 * listing brings beyond, or all there are. A page may bring none and yet not be the last: other things lie between.
 * @throws where there are hundreds of thousands of them, and no folder.
 */
export async function foldersBelow(
  bucket: R2Bucket,
  prefix: string,
  { isOurs, after, least }: { isOurs: (folder: string) => boolean; after: string | undefined; least: number },
): Promise<Folders> {
  // "0" follows "/": everything below the folder comes before it.
  const behind = after === undefined ? {} : { startAfter: `${after.slice(0, -1)}0` };
  const folders: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < pagesAtMost; pages++) {
    const page: R2Objects = await bucket.list({
      prefix,
      delimiter: "/",
      ...(cursor === undefined ? behind : { cursor }),
    });
    folders.push(...page.delimitedPrefixes.filter((one) => isOurs(one) && (after === undefined || one > after)));
    if (!page.truncated) return { folders: folders.sort(), more: false };
    if (folders.length >= least) return { folders: folders.sort(), more: true };
    cursor = page.cursor;
  }
  if (folders.length > 0) return { folders: folders.sort(), more: true };
  throw new Error(`${prefix} holds too much that is in no folder of ours`);
}
