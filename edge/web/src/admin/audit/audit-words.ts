import type { AuditRecord } from "@reelway/shared/contracts/audit";

export const actorNames: Readonly<Record<AuditRecord["actor"], string>> = {
  api_key: "API key",
  user: "User",
  runner: "Runner",
  system: "Reelway itself",
  anonymous: "Somebody unknown",
};

/** From where it was asked for: the address and its country, as far as they are known. */
export function placeOf({ ip, country }: Pick<AuditRecord, "ip" | "country">): string {
  return [ip, country].filter(Boolean).join(", ");
}
