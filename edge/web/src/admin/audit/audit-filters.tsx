import { AuditAction } from "@reelway/shared/contracts/audit";
import { useEffect, useState } from "preact/hooks";
import { Field } from "../../parts/field.tsx";
import { Select } from "../../parts/select.tsx";
import { type AuditFilterName, useAuditFilters } from "./use-audit-filters.ts";

const actions = [{ value: "", label: "All" }, ...AuditAction.options.map((value) => ({ value, label: value }))];

export function AuditFilters() {
  const { value, set } = useAuditFilters();
  return (
    <search class="filters">
      <Field label="What">
        {(links) => (
          <Select {...links} value={value("action")} choices={actions} onChoose={(chosen) => set("action", chosen)} />
        )}
      </Field>
      <IdFilter name="actor" label="Who, by id" />
      <IdFilter name="resource" label="Of what, by id" />
      <DayFilter name="from" label="From" />
      <DayFilter name="to" label="To" />
    </search>
  );
}

/** By Enter, or when the field is left: each id is another list. */
function IdFilter({ name, label }: { name: AuditFilterName; label: string }) {
  const { value, set } = useAuditFilters();
  const shown = value(name);
  const [text, setText] = useState(shown);
  // "Show all" and Back change it from outside.
  useEffect(() => setText(shown), [shown]);
  const search = () => {
    if (text.trim() !== shown) set(name, text.trim());
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        search();
      }}
    >
      <Field label={label}>
        {(links) => (
          <input
            {...links}
            class="input"
            type="search"
            spellcheck={false}
            maxLength={64}
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
            onBlur={search}
          />
        )}
      </Field>
    </form>
  );
}

function DayFilter({ name, label }: { name: AuditFilterName; label: string }) {
  const { value, set } = useAuditFilters();
  return (
    <Field label={label}>
      {(links) => (
        <input
          {...links}
          class="input"
          type="date"
          value={value(name)}
          onChange={({ currentTarget }) => set(name, currentTarget.value)}
        />
      )}
    </Field>
  );
}
