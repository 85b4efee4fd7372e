import type { InvitationCreated } from "@reelway/shared/contracts/invitation";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Field } from "../../parts/field.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { Select } from "../../parts/select.tsx";
import { TextField } from "../../parts/text-field.tsx";
import { type GrantableRole, useGrantableRoles } from "../../session/grantable-roles.ts";
import { useTenant } from "../use-tenant.ts";
import { TokenDialog } from "./token-dialog.tsx";

/** Asks somebody into the tenant: the link is theirs to open. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const tenant = useTenant();
  const roles = useGrantableRoles();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<GrantableRole>("member");
  const [made, setMade] = useState<InvitationCreated | null>(null);
  if (made !== null) return <TokenDialog made={made} onClose={onClose} />;
  const invite = async () => {
    setMade(await client.invitations.create({ email, role, ...tenant }));
    await queries.invalidateQueries({ queryKey: ["invitations"] });
    return false;
  };
  return (
    <FormDialog title="Invite somebody" act="Make the link" onSend={invite} onClose={onClose}>
      <TextField
        label="E-mail address"
        hint="Nothing is sent: you pass the link on yourself."
        type="email"
        required
        value={email}
        onText={setEmail}
      />
      <Field label="Role">{(links) => <Select {...links} value={role} choices={roles} onChoose={setRole} />}</Field>
    </FormDialog>
  );
}
