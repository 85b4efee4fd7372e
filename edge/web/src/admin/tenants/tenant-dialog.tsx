import type { Tenant } from "@reelway/shared/contracts/tenant";
import { RegionId } from "@reelway/shared/regions";
import { useQueryClient } from "@tanstack/preact-query";
import { useState } from "preact/hooks";
import { useRegions } from "../../api/catalogues.ts";
import { client } from "../../api/client.ts";
import { Checks } from "../../parts/checks.tsx";
import { Confirm } from "../../parts/confirm.tsx";
import { FormDialog } from "../../parts/form-dialog.tsx";
import { Switch } from "../../parts/switch.tsx";
import { TextField } from "../../parts/text-field.tsx";
import { keepsLess, tenantChanges } from "./tenant-changes.ts";

/** A new tenant, or what can be changed of one: its name, where its bytes may be, how long they are kept, and its limits. */
export function TenantDialog({ tenant, onClose }: { tenant?: Tenant; onClose: () => void }) {
  const queries = useQueryClient();
  const { data: known = [] } = useRegions();
  const [name, setName] = useState(tenant?.name ?? "");
  const [regions, setRegions] = useState<ReadonlySet<RegionId> | null>(
    tenant?.allowedRegions ? new Set(tenant.allowedRegions) : null,
  );
  const [sourceDays, setSourceDays] = useState(String(tenant?.sourceRetentionDays ?? ""));
  const [outputDays, setOutputDays] = useState(String(tenant?.outputRetentionDays ?? ""));
  const [maxRunning, setMaxRunning] = useState(String(tenant?.maxRunning ?? ""));
  const [jobsPerDay, setJobsPerDay] = useState(String(tenant?.budget.jobsPerDay ?? ""));
  const [minutesPerDay, setMinutesPerDay] = useState(String(tenant?.budget.workMinutesPerDay ?? ""));
  const [gigabytesPerDay, setGigabytesPerDay] = useState(gigabytesOf(tenant?.budget.bytesPerDay ?? null));
  // What it is now; a new one is made once, however often what follows fails.
  const [before, setBefore] = useState(tenant);
  const [asks, setAsks] = useState(false);
  const wanted = {
    name: name.trim(),
    allowedRegions: regions === null ? null : [...regions],
    sourceRetentionDays: numberOf(sourceDays),
    outputRetentionDays: numberOf(outputDays),
    maxRunning: numberOf(maxRunning),
    budget: {
      jobsPerDay: numberOf(jobsPerDay),
      workMinutesPerDay: numberOf(minutesPerDay),
      bytesPerDay: bytesOf(gigabytesPerDay),
    },
  };
  const save = async () => {
    try {
      const known = before ?? (await client.tenants.create({ name: wanted.name }));
      setBefore(known);
      const changes = tenantChanges(known, wanted);
      if (Object.keys(changes).length > 0) await client.tenants.update(known.id, changes);
    } finally {
      await queries.invalidateQueries({ queryKey: ["tenants"] });
    }
  };
  const send = async () => {
    if (tenant === undefined || !keepsLess(tenant, wanted)) return await save();
    setAsks(true);
    return false;
  };
  return (
    <>
      <FormDialog
        title={tenant?.name ?? "New tenant"}
        act={tenant ? "Save" : "Make it"}
        onSend={send}
        onClose={onClose}
        incomplete={name.trim() === "" || regions?.size === 0}
      >
        <TextField label="Name" required maxLength={100} value={name} onText={setName} />
        <Days label="Days that sources are kept" value={sourceDays} onInput={setSourceDays} />
        <Days label="Days that outputs are kept" value={outputDays} onInput={setOutputDays} />
        <TextField
          label="Tasks at once"
          hint="In each region, all its jobs together. Empty: no limit."
          type="number"
          min={1}
          value={maxRunning}
          onText={setMaxRunning}
        />
        <DayLimit label="Jobs a day" value={jobsPerDay} onInput={setJobsPerDay} />
        <DayLimit label="Minutes of work a day" value={minutesPerDay} onInput={setMinutesPerDay} />
        <DayLimit
          label="Gigabytes a day, sources and outputs"
          step="any"
          value={gigabytesPerDay}
          onInput={setGigabytesPerDay}
        />
        <Switch
          on={regions !== null}
          onTurn={(on) => setRegions(on ? new Set(RegionId.options) : null)}
          label="Only in some regions"
        />
        {regions === null ? null : (
          <Checks
            legend="Where its bytes and its work may be"
            choices={RegionId.options.map((id) => ({
              value: id,
              label: known.find((one) => one.id === id)?.name ?? id,
            }))}
            chosen={regions}
            onChoose={setRegions}
          />
        )}
      </FormDialog>
      {asks ? (
        <Confirm title="Keep less?" act="Keep less" onAct={() => save().then(onClose)} onClose={() => setAsks(false)}>
          What {tenant?.name} has kept for longer than this is deleted soon, for good: sources, outputs, or both.
        </Confirm>
      ) : null}
    </>
  );
}

function Days({ label, value, onInput }: { label: string; value: string; onInput: (text: string) => void }) {
  return (
    <TextField
      label={label}
      hint="Empty: for ever."
      type="number"
      min={1}
      max={36_500}
      value={value}
      onText={onInput}
    />
  );
}

function DayLimit(props: { label: string; value: string; step?: "any"; onInput: (text: string) => void }) {
  const { onInput, ...rest } = props;
  return <TextField {...rest} hint="By UTC. Empty: no limit." type="number" min={0} onText={onInput} />;
}

const gigabyte = 1e9;

function gigabytesOf(bytes: number | null): string {
  return bytes === null ? "" : String(bytes / gigabyte);
}

function bytesOf(gigabytes: string): number | null {
  return gigabytes === "" ? null : Math.round(Number(gigabytes) * gigabyte);
}

function numberOf(text: string): number | null {
  return text === "" ? null : Number(text);
}
