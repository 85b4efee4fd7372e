import { Container } from "@reelway/shared/contracts/transcode-spec";
import { Field, type FieldLinks } from "../parts/field.tsx";
import { Select } from "../parts/select.tsx";
import { Switch } from "../parts/switch.tsx";
import { type Draft, type Path, valueAt, withContainer, withValue } from "./draft.ts";
import { draft as edited, problems } from "./recipe.ts";
import { groupsOf, type SpecField, type SpecGroup } from "./spec-fields.ts";

function change(draft: Draft, path: Path, value: unknown): void {
  const container = path[0] === "container" ? Container.safeParse(value) : undefined;
  edited.value = container?.success ? withContainer(draft, container.data) : withValue(draft, path, value);
}

export function SpecFields({ draft }: { draft: Draft }) {
  const groups = groupsOf(draft);
  const shown = new Set(groups.flatMap(({ fields }) => fields.map(({ path }) => path.join("."))));
  const others = [...problems.value].filter(([path]) => !shown.has(path));
  return (
    <>
      {groups.map((group) => (
        <Group key={group.title} group={group} draft={draft} />
      ))}
      {others.length === 0 ? null : (
        <ul class="spec-problems">
          {others.map(([path, message]) => (
            <li key={path}>
              {path === "" ? "" : <code>{path}: </code>}
              {message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Group({ group: { title, optional, fields }, draft }: { group: SpecGroup; draft: Draft }) {
  const on = optional === undefined || valueAt(draft, optional.path) !== undefined;
  return (
    <section class="spec-group" aria-label={title}>
      <div class="line">
        <h3 class="grow">{title}</h3>
        {optional === undefined ? null : (
          <Switch
            on={on}
            label={`With ${title.toLowerCase()}`}
            onTurn={(turned) => change(draft, optional.path, turned ? optional.begin : undefined)}
          />
        )}
      </div>
      {on ? (
        <div class="spec-fields">
          {fields.map((field) => (
            <Field
              key={field.path.join(".")}
              label={field.label}
              hint={field.hint}
              error={problems.value.get(field.path.join("."))}
            >
              {(links) => <Control field={field} draft={draft} links={links} />}
            </Field>
          ))}
        </div>
      ) : null}
    </section>
  );
}

function Control({ field: { path, control }, draft, links }: { field: SpecField; draft: Draft; links: FieldLinks }) {
  const value = valueAt(draft, path);
  if (control.kind === "switch")
    return (
      <Switch
        {...links}
        on={JSON.stringify(value) === JSON.stringify(control.on)}
        onTurn={(on) => change(draft, path, on ? control.on : control.off)}
      />
    );
  if (control.kind === "choice")
    return (
      <Select
        {...links}
        value={value === undefined ? "" : String(value)}
        choices={control.choices}
        onChoose={(chosen) =>
          change(draft, path, chosen === "" ? undefined : control.numeric ? Number(chosen) : chosen)
        }
      />
    );
  return (
    <span class="with-unit">
      <input
        {...links}
        class="input"
        type="text"
        inputMode="decimal"
        placeholder={control.placeholder}
        value={value === undefined ? "" : String(value)}
        onInput={({ currentTarget }) => change(draft, path, numberOrText(currentTarget.value))}
      />
      {control.unit === undefined ? null : <span>{control.unit}</span>}
    </span>
  );
}

/** What is no number stays what was typed: the schema says so at the field. */
function numberOrText(typed: string): number | string | undefined {
  const text = typed.trim();
  if (text === "") return undefined;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
