import { eachItem } from "@reelway/shared/client/pages";
import type { DeadLetterSelection } from "@reelway/shared/contracts/dead-letter";
import { limits } from "@reelway/shared/limits";
import { client } from "../../api/client.ts";

const perRead = 100;

/** The dead letters that pass a filter now, on all pages, newest first: no more than one request may name. */
export async function matchingIds(
  filter: NonNullable<DeadLetterSelection["filter"]>,
): Promise<{ readonly ids: string[]; readonly isAll: boolean }> {
  const most = limits.deadLettersPerRequest;
  const read = (cursor: string | undefined) =>
    client.deadLetters.list({ ...filter, limit: perRead, ...(cursor === undefined ? {} : { cursor }) });
  const found: string[] = [];
  for await (const { id } of eachItem(read, most + 1)) found.push(id);
  return { ids: found.slice(0, most), isAll: found.length <= most };
}
