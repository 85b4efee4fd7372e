import type { Job } from "../../contracts/job.ts";
import { withoutControls } from "../../contracts/text.ts";
import type { JobState } from "../../jobs/state-machine.ts";
import type { Output } from "../output.ts";
import { programLines } from "../program-lines.ts";
import type { Style } from "../terminal/style.ts";
import { type Column, renderFields, renderTable } from "../terminal/table.ts";
import { formatAge, formatBytes, formatDuration, formatTime } from "../terminal/units.ts";

export function paintState(state: JobState, style: Style): string {
  if (state === "succeeded") return style.green(state);
  if (state === "failed") return style.red(state);
  return state === "canceled" ? style.yellow(state) : style.cyan(state);
}

export function jobColumns(style: Style, now: number): Column<Job>[] {
  return [
    { title: "JOB", cell: ({ id }) => id },
    { title: "STATE", cell: ({ state }) => paintState(state, style) },
    { title: "MAKES", cell: (job) => withoutControls(job.preset ?? job.kind) },
    { title: "CREATED", cell: ({ createdAt }) => formatAge(createdAt, now), align: "right" },
    { title: "TOOK", cell: tookOf, align: "right" },
    { title: "NOTE", cell: ({ tags, error }) => (error ? style.red(error.code) : withoutControls(tags.join(" "))) },
  ];
}

function tookOf({ startedAt, finishedAt }: Job): string {
  return startedAt === null || finishedAt === null ? "" : formatDuration(finishedAt - startedAt);
}

/** All of a job that a person asks for. */
export function printJob(output: Output, job: Job): void {
  const style = output.out;
  const source = job.source;
  const picture = source?.video[0];
  output.line(
    renderFields(
      [
        ["job", job.id],
        ["state", paintState(job.state, style)],
        ["makes", withoutControls(job.preset ?? job.kind)],
        ["asset", job.assetId],
        [
          "source",
          source &&
            withoutControls(
              [
                source.container,
                picture && `${picture.width}×${picture.height} ${picture.codec}`,
                source.audio[0]?.codec,
                source.durationSeconds !== null && formatDuration(source.durationSeconds * 1_000),
                formatBytes(source.bytes),
              ]
                .filter(Boolean)
                .join(" · "),
            ),
        ],
        ["waits", job.awaitsSource ? "for its source" : null],
        ["batch", job.batchId],
        ["region", job.region],
        ["priority", String(job.priority)],
        ["tags", withoutControls(job.tags.join(" "))],
        ["attempt", `${job.attempt} of run ${job.run}`],
        ["created", formatTime(job.createdAt)],
        ["took", tookOf(job)],
        [
          "runner",
          job.execution && withoutControls(`${job.execution.runnerId} · ${job.execution.encoder ?? "no encoder"}`),
        ],
        [
          "delivered",
          job.delivery &&
            withoutControls(`${job.delivery.files} files to ${job.delivery.bucket}/${job.delivery.prefix}`),
        ],
        ["error", job.error && style.red(withoutControls(`${job.error.code}: ${job.error.message}`))],
        ...Object.entries(job.metadata).map(
          ([name, value]) => [withoutControls(name), withoutControls(value)] as const,
        ),
      ],
      style,
    ),
  );
  if (job.error?.program) output.line(`\n${programLines(job.error.program, style).join("\n")}`);
  if (job.outputs.length === 0) return;
  const columns: Column<Job["outputs"][number]>[] = [
    { title: "OUTPUT", cell: ({ name }) => name },
    { title: "ROLE", cell: ({ role }) => role },
    { title: "SIZE", cell: ({ bytes }) => formatBytes(bytes), align: "right" },
    { title: "TYPE", cell: ({ contentType }) => contentType },
    { title: "MD5", cell: ({ md5 }) => style.dim(md5) },
  ];
  output.line(`\n${renderTable(columns, job.outputs, style)}`);
}
