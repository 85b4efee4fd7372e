import type { InvitationCreated } from "@reelway/shared/contracts/invitation";
import { SecretDialog } from "../../parts/secret-dialog.tsx";
import { fullTime } from "../../parts/units.ts";

/** The link of an invitation, or of a new password. Its token is in the fragment, which no server is sent. */
export function TokenDialog({ made, onClose }: { made: InvitationCreated; onClose: () => void }) {
  const { userId, email, token, expiresAt } = made;
  const page = userId === null ? "invitation" : "password-reset";
  return (
    <SecretDialog
      title={userId === null ? `An invitation for ${email}` : `A new password for ${email}`}
      label="Link"
      secret={`${location.origin}/${page}#${token ?? ""}`}
      onClose={onClose}
    >
      Give this link to {email}, and to nobody else: who opens it chooses the password. It works once, until{" "}
      {fullTime(expiresAt)}.
    </SecretDialog>
  );
}
