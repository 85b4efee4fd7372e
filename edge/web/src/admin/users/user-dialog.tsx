import type { InvitationCreated } from "@reelway/shared/contracts/invitation";
import type { User, UserUpdate } from "@reelway/shared/contracts/user";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { client } from "../../api/client.ts";
import { Button } from "../../parts/button.tsx";
import { Field } from "../../parts/field.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { Select } from "../../parts/select.tsx";
import { Switch } from "../../parts/switch.tsx";
import { TextField } from "../../parts/text-field.tsx";
import { tell, tellFailure } from "../../parts/toast.tsx";
import { type GrantableRole, useGrantableRoles } from "../../session/grantable-roles.ts";
import { useTenant } from "../use-tenant.ts";
import { TokenDialog } from "./token-dialog.tsx";

/** What can be changed of a user: name, role, whether they may sign in; and a link to a new password. */
export function UserDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const queries = useQueryClient();
  const tenant = useTenant();
  const roles = useGrantableRoles();
  const [name, setName] = useState(user.name);
  const [role, setRole] = useState<GrantableRole | null>(roles.find(({ value }) => value === user.role)?.value ?? null);
  const [active, setActive] = useState(user.disabledAt === null);
  const [made, setMade] = useState<InvitationCreated | null>(null);
  if (made !== null) return <TokenDialog made={made} onClose={onClose} />;

  const changes: UserUpdate = {
    ...(name === user.name ? {} : { name }),
    ...(role === null || role === user.role ? {} : { role }),
    ...(active === (user.disabledAt === null) ? {} : { disabled: !active }),
  };
  const save = async () => {
    await client.users.update(user.id, changes, tenant);
    await queries.invalidateQueries({ queryKey: ["users"] });
    tell(`${user.email} is changed.`);
  };
  const resetPassword = () =>
    client.users.resetPassword(user.id, tenant).then(
      (link) => {
        setMade(link);
        return queries.invalidateQueries({ queryKey: ["invitations"] });
      },
      (error: unknown) => tellFailure("There is no link", error),
    );
  const endsSessions = changes.role !== undefined || changes.disabled === true;
  return (
    <FormDialog
      title={user.email}
      act="Save"
      onSend={save}
      onClose={onClose}
      incomplete={Object.keys(changes).length === 0}
    >
      <TextField label="Name" required maxLength={100} value={name} onText={setName} />
      {role === null ? null : (
        <Field label="Role">{(links) => <Select {...links} value={role} choices={roles} onChoose={setRole} />}</Field>
      )}
      <Switch on={active} onTurn={setActive} label="May sign in" />
      {endsSessions ? (
        <p class="small soft">It signs them out everywhere, and their API keys shrink with them.</p>
      ) : null}
      <div>
        <Button small icon="link" onClick={() => void resetPassword()}>
          Link to a new password
        </Button>
      </div>
    </FormDialog>
  );
}
