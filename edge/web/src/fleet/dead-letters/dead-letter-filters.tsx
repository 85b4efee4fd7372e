import { errorCatalogue, errorCodes } from "@reelway/shared/errors/catalogue";
import { RegionId, regions } from "@reelway/shared/regions";
import { usePresetChoices } from "../../jobs/use-preset-choices.ts";
import { Select } from "../../parts/select.tsx";
import { useTenants } from "../use-tenants.ts";
import { useDeadLetterFilters } from "./use-dead-letter-filters.ts";

const codes = [
  { value: "", label: "All causes" },
  ...errorCodes
    .filter((code) => errorCatalogue[code].endsTasks)
    .map((value) => ({ value, label: errorCatalogue[value].title }))
    .sort((a, b) => a.label.localeCompare(b.label)),
];
const places = [
  { value: "", label: "All regions" },
  ...RegionId.options.map((value) => ({ value, label: regions[value].name })),
];
const times = [
  { value: "", label: "Any time" },
  { value: "1", label: "Last hour" },
  { value: "24", label: "Last 24 hours" },
  { value: "168", label: "Last 7 days" },
];
const kept = [
  { value: "", label: "Not discarded" },
  { value: "true", label: "Discarded" },
];

export function DeadLetterFilters() {
  const { value, set } = useDeadLetterFilters();
  const presets = usePresetChoices();
  const tenants = useTenants().map(({ id, name }) => ({ value: id, label: name }));
  return (
    <search class="filters">
      <Select aria-label="Cause" value={value("code")} choices={codes} onChoose={(chosen) => set("code", chosen)} />
      <Select
        aria-label="Preset"
        value={value("preset")}
        choices={presets}
        onChoose={(chosen) => set("preset", chosen)}
      />
      <Select
        aria-label="Region"
        value={value("region")}
        choices={places}
        onChoose={(chosen) => set("region", chosen)}
      />
      <Select aria-label="Failed" value={value("hours")} choices={times} onChoose={(chosen) => set("hours", chosen)} />
      <Select
        aria-label="Kept or discarded"
        value={value("discarded")}
        choices={kept}
        onChoose={(chosen) => set("discarded", chosen)}
      />
      {tenants.length > 0 ? (
        <Select
          aria-label="Tenant"
          value={value("tenant")}
          choices={[{ value: "", label: "All tenants" }, ...tenants]}
          onChoose={(chosen) => set("tenant", chosen)}
        />
      ) : null}
    </search>
  );
}
