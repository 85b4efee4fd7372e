import type { Batch } from "../../contracts/batch.ts";
import { withoutControls } from "../../contracts/text.ts";
import { JobState } from "../../jobs/state-machine.ts";
import type { Output } from "../output.ts";
import type { Style } from "../terminal/style.ts";
import { type Column, renderFields } from "../terminal/table.ts";
import { formatAge, formatTime } from "../terminal/units.ts";

export function batchColumns(style: Style, now: number): Column<Batch>[] {
  return [
    { title: "BATCH", cell: ({ id }) => id },
    { title: "STATE", cell: ({ state }) => paintBatchState(state, style) },
    { title: "JOBS", cell: ({ progress }) => `${progress.ended}/${progress.total}`, align: "right" },
    { title: "CREATED", cell: ({ createdAt }) => formatAge(createdAt, now), align: "right" },
    { title: "NAME", cell: ({ name }) => withoutControls(name) },
  ];
}

export function printBatch(output: Output, batch: Batch): void {
  output.jsonLine(batch);
  const style = output.out;
  const { total, ended, percent } = batch.progress;
  output.line(
    renderFields(
      [
        ["batch", batch.id],
        ["name", withoutControls(batch.name)],
        ["state", paintBatchState(batch.state, style)],
        ["ended", `${ended} of ${total} (${percent} %)`],
        ["jobs", countsOf(batch)],
        ["created", formatTime(batch.createdAt)],
        ["canceled", batch.canceledAt === null ? null : formatTime(batch.canceledAt)],
        ...Object.entries(batch.metadata).map(
          ([name, value]) => [withoutControls(name), withoutControls(value)] as const,
        ),
      ],
      style,
    ),
  );
}

/** `17 succeeded, 3 failed`. */
export function countsOf({ counts }: Batch): string {
  return JobState.options.flatMap((state) => (counts[state] ? [`${counts[state]} ${state}`] : [])).join(", ");
}

function paintBatchState(state: Batch["state"], style: Style): string {
  if (state === "succeeded") return style.green(state);
  if (state === "running") return style.cyan(state);
  return state === "failed" ? style.red(state) : style.yellow(state);
}
