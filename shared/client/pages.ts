import type { Page } from "../contracts/page.ts";

/** Every item of a cursor-paginated list, page after page, up to `most`. */
export async function* eachItem<Item>(
  readPage: (cursor: string | undefined) => Promise<Page<Item>>,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<Item> {
  let cursor: string | undefined;
  let count = 0;
  do {
    const { items, nextCursor } = await readPage(cursor);
    for (const item of items) {
      if (count++ >= most) return;
      yield item;
    }
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined && count < most);
}
