import { JobKind } from "@reelway/shared/contracts/job-spec";
import { JobId } from "@reelway/shared/ids";
import { JobState } from "@reelway/shared/jobs/state-machine";
import { useEffect, useRef, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { Select } from "../parts/select.tsx";
import { usePresetChoices } from "./use-preset-choices.ts";
import "./job-filters.css";
import { stateLabels } from "./shown-state.ts";
import { useFilters } from "./use-filters.ts";

const states = [
  { value: "", label: "All states" },
  ...JobState.options.map((value) => ({ value, label: stateLabels[value] })),
];
const kinds = [
  { value: "", label: "All kinds" },
  ...JobKind.options.map((value) => ({ value, label: value[0]?.toUpperCase() + value.slice(1) })),
];

export function JobFilters() {
  const { value, set } = useFilters();
  const presets = usePresetChoices();
  return (
    <search class="job-filters">
      <Search />
      <Select aria-label="State" value={value("state")} choices={states} onChoose={(chosen) => set("state", chosen)} />
      <Select aria-label="Kind" value={value("kind")} choices={kinds} onChoose={(chosen) => set("kind", chosen)} />
      <Select
        aria-label="Preset"
        value={value("preset")}
        choices={presets}
        onChoose={(chosen) => set("preset", chosen)}
      />
    </search>
  );
}

/** By Enter, or when the field is left: each search is another list. */
function Search() {
  const { value, set, focusSearch } = useFilters();
  const [, go] = useLocation();
  const shown = value("search");
  const [text, setText] = useState(shown);
  const input = useRef<HTMLInputElement>(null);
  // "Show all" and Back change it from outside.
  useEffect(() => setText(shown), [shown]);
  useEffect(() => {
    if (focusSearch) input.current?.focus();
  }, [focusSearch]);
  const search = () => {
    const wanted = text.trim();
    if (JobId.safeParse(wanted).success) go(`/jobs/${wanted}`);
    else if (wanted !== shown) set("search", wanted);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        search();
      }}
    >
      <input
        ref={input}
        class="input"
        type="search"
        aria-label="Search"
        placeholder="File name, id or #tag"
        spellcheck={false}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onBlur={search}
      />
    </form>
  );
}
