import { stableId } from "@reelway/shared/ids";

/**
 * The id of an event, always the same for the same origin: a repeat finds it stored. `origin` says what happened in a
 * way that nothing else shares, such as `<shard>:<sequence>` or `<job id>:created`.
 */
export async function eventId(at: number, origin: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(origin));
  return stableId("evt", at, new Uint8Array(digest));
}
