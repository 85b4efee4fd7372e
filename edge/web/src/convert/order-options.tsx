import { useRegions } from "../api/catalogues.ts";
import { Field } from "../parts/field.tsx";
import { Select } from "../parts/select.tsx";
import "./order-options.css";
import { priority, region } from "./recipe.ts";

const priorities = [
  { value: "20", label: "Low" },
  { value: "50", label: "Normal" },
  { value: "80", label: "High" },
  { value: "100", label: "First of all" },
];

/** Where, and how soon. */
export function OrderOptions() {
  const { data: regions = [] } = useRegions();
  const places = [
    { value: "" as const, label: "Nearest to you" },
    ...regions.map(({ id, name, state }) => ({ value: id, label: state === "drained" ? `${name} (drained)` : name })),
  ];
  return (
    <div class="order-options">
      <Field label="Region">
        {(links) => (
          <Select
            {...links}
            value={region.value}
            choices={places}
            onChoose={(value) => {
              region.value = value;
            }}
          />
        )}
      </Field>
      <Field label="Priority">
        {(links) => (
          <Select
            {...links}
            value={String(priority.value)}
            choices={priorities}
            onChoose={(value) => {
              priority.value = Number(value);
            }}
          />
        )}
      </Field>
    </div>
  );
}
