import type { Session } from "@reelway/shared/contracts/session";
import type { SessionRow } from "../store/rows.ts";

/** A session as its user sees it: never the hashes of its tokens. `currentId` is the one that asks. */
export function presentSession(session: SessionRow, currentId: string): Session {
  const { id, browser, userAgent, ip, createdAt, refreshedAt, expiresAt } = session;
  return { id, current: id === currentId, browser, userAgent, ip, createdAt, refreshedAt, expiresAt };
}
