import type { Command } from "commander";
import { z } from "zod";
import { eachItem } from "../../client/pages.ts";
import type { Page } from "../../contracts/page.ts";
import { limits } from "../../limits.ts";
import { wholeNumber } from "../options.ts";
import type { Output } from "../output.ts";
import { type Column, renderTable } from "../terminal/table.ts";

/** What every paged list takes. */
export const ListOptions = z.object({
  limit: wholeNumber(1, 1_000_000),
  all: z.boolean().default(false),
});

export function withListOptions(command: Command): Command {
  return command
    .option("-n, --limit <count>", "at most this many, newest first", String(limits.pageSizeDefault))
    .option("-a, --all", "all of them");
}

/** Prints a paged list, newest first: a table, or one JSON object a line. */
export async function printList<Item>(
  output: Output,
  { limit, all }: z.infer<typeof ListOptions>,
  columns: readonly Column<Item>[],
  readPage: (query: { limit: number; cursor?: string }) => Promise<Page<Item>>,
): Promise<void> {
  const most = all ? Number.POSITIVE_INFINITY : limit;
  const query = { limit: Math.min(most, limits.pageSizeMax) };
  const items: Item[] = [];
  let more = false;
  const pages = eachItem(async (cursor) => {
    const page = await readPage(cursor === undefined ? query : { ...query, cursor });
    more = page.nextCursor !== null;
    return page;
  }, most);
  for await (const item of pages) {
    output.jsonLine(item);
    items.push(item);
  }
  printTable(output, columns, items);
  if (more && !all) output.note(output.err.dim(`The newest ${items.length}; --all shows all of them.`));
}

export function printTable<Item>(output: Output, columns: readonly Column<Item>[], items: readonly Item[]): void {
  if (items.length === 0) output.note(output.err.dim("None."));
  else output.line(renderTable(columns, items, output.out));
}
