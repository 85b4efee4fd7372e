import type { Bar } from "./gantt-rows.ts";
import { partKind } from "./part-name.ts";

/** The looks of bars, by their classes, in the order of the legend. */
const looks = [
  { id: "whole", label: "Done" },
  { id: "picture", label: "Picture" },
  { id: "finish", label: "Sound and the rest" },
  { id: "leased", label: "Under way" },
  { id: "again", label: "Tried again" },
  { id: "hedge", label: "On a second runner" },
  { id: "failed", label: "Failed" },
  { id: "canceled", label: "Canceled or outrun" },
] as const;
type Look = (typeof looks)[number]["id"];

/** What the colours of a timeline mean: of those that it has. */
export function GanttLegend({ bars }: { bars: readonly Bar[] }) {
  const seen = new Set(bars.flatMap(looksOf));
  return (
    <ul class="gantt-legend small soft">
      {looks
        .filter(({ id }) => seen.has(id))
        .map(({ id, label }) => (
          <li key={id}>
            <span class={`gantt-key ${id}`} />
            {label}
          </li>
        ))}
    </ul>
  );
}

function looksOf({ task, hedge, ended }: Bar): Look[] {
  const again: Look[] = (ended?.attempt ?? task.attempt) > 1 ? ["again"] : [];
  return [...again, ...(hedge ? (["hedge"] as const) : []), colourOf({ task, ended })];
}

function colourOf({ task, ended }: Pick<Bar, "task" | "ended">): Look {
  if (ended !== null) return ended.outcome === "failed" || ended.outcome === "lost" ? "failed" : "canceled";
  if (task.state === "leased") return "leased";
  const kind = partKind(task.part);
  return kind === "whole" ? "whole" : kind === "encode" ? "picture" : "finish";
}
