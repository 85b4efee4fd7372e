import type { Invitation } from "@reelway/shared/contracts/invitation";
import type { InvitationRow } from "../store/rows.ts";

/** An invitation as the API shows it: never the hash of its token. */
export function presentInvitation({ hash: _, ...shown }: InvitationRow): Invitation {
  return shown;
}
