import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import type { Context } from "hono";
import { z } from "zod";
import { toHex } from "../encoding/hex.ts";
import type { IdempotencyRow } from "../store/idempotency.ts";
import type { AppEnv } from "./app-env.ts";

/** What a repeat of a creating POST is recognised by. */
export type IdempotentRequest = Pick<IdempotencyRow, "tenantId" | "route" | "key" | "bodyHash">;

const PRINTABLE = /^[\x21-\x7e]+$/;

/** The header as routes describe it. */
export const idempotencyHeader = z.object({
  "idempotency-key": z
    .string()
    .min(1)
    .max(limits.idempotencyKeyLength)
    .regex(PRINTABLE, "must be printable ASCII")
    .optional()
    .meta({ description: "The same key never creates twice; it holds for the life of what it created" }),
});

/** The request's Idempotency-Key with the hash of its body; undefined without the header. */
export async function idempotentRequest(
  c: Context<AppEnv>,
  tenantId: string,
  route: string,
): Promise<IdempotentRequest | undefined> {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return undefined;
  // The body as it was sent, not as it was parsed: a new default in a schema must not make a repeat look different.
  const text = await c.req.text();
  // No body at all is the same as an empty one, where a route takes that.
  const body: unknown = text === "" ? {} : JSON.parse(text);
  return { tenantId, route, key, bodyHash: await sha256(canonical(body)) };
}

/** The id of what this key made before; undefined for a new key. Throws `idempotency_mismatch`. */
export function replayedId(request: IdempotentRequest, found: IdempotencyRow | undefined): string | undefined {
  if (!found) return undefined;
  if (found.bodyHash !== request.bodyHash) throw new ReelwayError("idempotency_mismatch");
  return found.resourceId;
}

/** Says that the answer is that of an earlier request. */
export function markReplayed(c: Context<AppEnv>, replayed: boolean): void {
  if (replayed) c.header("idempotency-replayed", "true");
}

/** JSON with sorted names: two bodies that mean the same read the same. How deep they are was bounded before. */
function canonical(body: unknown): string {
  return JSON.stringify(sorted(body));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, entry]) => [name, sorted(entry)]));
}

async function sha256(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}
