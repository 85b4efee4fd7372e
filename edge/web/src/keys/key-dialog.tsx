import type { ApiKeyCreated, OwnKeyRequest } from "@reelway/shared/contracts/api-key";
import { type Permission, permissionTable } from "@reelway/shared/permissions";
import { useState } from "preact/hooks";
import { Checks } from "../parts/checks.tsx";
import { Field } from "../parts/field.tsx";
import { FormDialog } from "../parts/form-dialog.tsx";
import { SecretDialog } from "../parts/secret-dialog.tsx";
import { Select } from "../parts/select.tsx";
import { Switch } from "../parts/switch.tsx";
import { TextField } from "../parts/text-field.tsx";
import { type GrantableRole, useGrantableRoles } from "../session/grantable-roles.ts";
import { useSession } from "../session/session.ts";

const dayMs = 86_400_000;
const terms = [
  { value: "", label: "Never" },
  { value: "1", label: "In a day" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In a year" },
];

interface KeyDialogProps {
  make: (wanted: OwnKeyRequest) => Promise<ApiKeyCreated>;
  onClose: () => void;
}

/** A new key; then its secret, once. */
export function KeyDialog({ make, onClose }: KeyDialogProps) {
  const { data: me } = useSession();
  const roles = useGrantableRoles();
  const [name, setName] = useState("");
  const [role, setRole] = useState<GrantableRole>(roles.some(({ value }) => value === "member") ? "member" : "viewer");
  const [scopes, setScopes] = useState<ReadonlySet<Permission> | null>(null);
  const [days, setDays] = useState("");
  const [made, setMade] = useState<ApiKeyCreated | null>(null);
  if (made !== null)
    return (
      <SecretDialog title={`The key ${made.name}`} label="API key" secret={made.secret ?? ""} onClose={onClose}>
        Keep it where your program finds its secrets, such as REELWAY_API_KEY.
      </SecretDialog>
    );
  const rights = permissionTable[role].filter((permission) => me?.permissions.includes(permission));
  const send = async () => {
    const wanted = {
      name,
      role,
      ...(scopes === null ? {} : { scopes: rights.filter((right) => scopes.has(right)) }),
      ...(days === "" ? {} : { expiresAt: Date.now() + Number(days) * dayMs }),
    };
    setMade(await make(wanted));
    return false;
  };
  return (
    <FormDialog
      title="Make an API key"
      act="Make the key"
      onSend={send}
      onClose={onClose}
      incomplete={name.trim() === "" || (scopes !== null && !rights.some((right) => scopes.has(right)))}
    >
      <TextField label="Name" hint="What will use it." required maxLength={100} value={name} onText={setName} />
      <Field label="Role">{(links) => <Select {...links} value={role} choices={roles} onChoose={setRole} />}</Field>
      <Field label="Expires">{(links) => <Select {...links} value={days} choices={terms} onChoose={setDays} />}</Field>
      <Switch
        on={scopes !== null}
        onTurn={(on) => setScopes(on ? new Set(rights) : null)}
        label="Only some of the role's rights"
      />
      {scopes === null ? null : (
        <Checks
          legend="Rights"
          choices={rights.map((value) => ({ value, label: value }))}
          chosen={scopes}
          onChoose={setScopes}
        />
      )}
    </FormDialog>
  );
}
