import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { sign, verify } from "../auth/signing.ts";
import { fromBase64Url, toBase64Url } from "../encoding/base64url.ts";
import type { Settings } from "../settings.ts";

/** What a cursor belongs to: it holds only for the same list, tenant and filters. */
export interface CursorScope {
  readonly list: string;
  readonly tenantId: string;
  readonly filters: Readonly<Record<string, unknown>>;
}

/** A cursor for the page after the item with this id: the id, signed together with its scope. */
export async function encodeCursor(settings: Settings, scope: CursorScope, lastId: string): Promise<string> {
  const signature = await sign(settings, "cursor", signedText(scope, lastId));
  return `${lastId}.${toBase64Url(signature)}`;
}

/**
 * The id in a cursor; undefined without one: the first page. Throws `invalid_cursor` when it was made for anything else,
 * or by anyone else.
 */
export async function decodeCursor(
  settings: Settings,
  scope: CursorScope,
  cursor: string | undefined,
): Promise<string | undefined> {
  if (cursor === undefined) return undefined;
  const [lastId, signature, ...rest] = cursor.split(".");
  if (!lastId || !signature || rest.length > 0) throw new ReelwayError("invalid_cursor");
  const bytes = fromBase64Url(signature);
  if (!bytes || !(await verify(settings, "cursor", signedText(scope, lastId), bytes)))
    throw new ReelwayError("invalid_cursor");
  return lastId;
}

/** One page of rows that were read one longer than the page: the extra row tells that there is a next one. */
export async function pageOf<Row extends { id: string }, Item>(
  settings: Settings,
  scope: CursorScope,
  rows: readonly Row[],
  limit: number,
  present: (row: Row) => Item,
): Promise<{ items: Item[]; nextCursor: string | null }> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = rows.length > limit && last ? await encodeCursor(settings, scope, last.id) : null;
  return { items: shown.map(present), nextCursor };
}

function signedText({ list, tenantId, filters }: CursorScope, lastId: string): string {
  const sorted = Object.entries(filters)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([list, tenantId, sorted, lastId]);
}
