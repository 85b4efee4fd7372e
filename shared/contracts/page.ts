import { z } from "zod";
import { limits } from "../limits.ts";

/** The query of every list: newest first, a page at a time. */
export const PageQuery = z.object({
  cursor: z.string().max(500).optional().meta({ description: "`nextCursor` of the page before" }),
  limit: z.coerce.number().int().min(1).max(limits.pageSizeMax).default(limits.pageSizeDefault),
});
export type PageQuery = z.infer<typeof PageQuery>;

/** One page of a list. `nextCursor` is null on the last one. */
export const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });
export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}
