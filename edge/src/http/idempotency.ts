import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import type { Context } from "hono";
import { z } from "zod";
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
  const body: unknown = await c.req.json();
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

/** JSON with sorted names: two bodies that mean the same read the same. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === "object" && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );
}

async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
