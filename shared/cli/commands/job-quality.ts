import type { Command } from "commander";
import type { JobQuality } from "../../contracts/quality.ts";
import { withoutControls } from "../../contracts/text.ts";
import { JobId } from "../../ids.ts";
import { type Cli, connect } from "../cli.ts";
import { checked } from "../failures.ts";
import type { Output } from "../output.ts";
import { type Column, renderFields, renderTable } from "../terminal/table.ts";
import { formatClock } from "../terminal/units.ts";

type Rung = JobQuality["renditions"][number];
/** One size of one chunk. */
type Row = JobQuality["chunks"][number]["renditions"][number] &
  Pick<JobQuality["chunks"][number], "ordinal" | "startSeconds" | "endSeconds" | "unmeasured">;

export function addJobQuality(jobs: Command, cli: Cli): void {
  const { output, signal } = cli;
  jobs
    .command("quality")
    .description("Show how near a stream comes to its source.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const quality = await connect(cli, command).jobs.quality(checked(JobId, id, id), signal);
      output.jsonLine(quality);
      printQuality(output, quality);
    });
}

function printQuality(output: Output, { target, measured, planned, renditions, chunks }: JobQuality): void {
  const style = output.out;
  const rows: Row[] = chunks.flatMap(({ renditions: own, ...chunk }) => own.map((scores) => ({ ...chunk, ...scores })));
  const isSearched = rows.some(({ rateFactor }) => rateFactor !== null);
  const fields = [
    ["target", target && `${target.metric} ${target.value}`],
    ["measured", `${measured} of ${planned} ${planned === 1 ? "part" : "chunks"}`],
    ["vmaf", vmafRemark(renditions)],
  ] as const;
  output.line(renderFields(fields, style));
  output.line(`\n${renderTable([...rungColumns, ...(isSearched ? [rangeColumn] : [])], renditions, style)}`);
  const columns = [...chunkColumns, ...(isSearched ? searchColumns : []), remarkColumn];
  if (rows.length > 0) output.line(`\n${renderTable(columns, rows, style)}`);
}

/** Says where VMAF is missing; nothing where it is everywhere. */
function vmafRemark(renditions: readonly Rung[]): string | null {
  const pictures = renditions.reduce((sum, rung) => sum + rung.pictures, 0);
  const withVmaf = renditions.reduce((sum, rung) => sum + rung.vmafPictures, 0);
  if (pictures === 0 || withVmaf === pictures) return null;
  return withVmaf === 0 ? "no ffmpeg that measured has it" : "of some chunks: not every ffmpeg that measured has it";
}

const score = (value: number | undefined, digits: number) => (value === undefined ? "" : value.toFixed(digits));

const rungColumns: Column<Rung>[] = [
  { title: "RUNG", cell: ({ name }) => withoutControls(name) },
  { title: "SIZE", cell: ({ width, height }) => `${width}×${height}` },
  { title: "SSIM", cell: ({ ssim }) => score(ssim?.mean, 4), align: "right" },
  { title: "PSNR", cell: ({ psnr }) => score(psnr?.mean, 2), align: "right" },
  { title: "VMAF", cell: ({ vmaf }) => score(vmaf?.mean, 2), align: "right" },
  { title: "HARMONIC", cell: ({ vmaf }) => score(vmaf?.harmonicMean, 2), align: "right" },
  { title: "WORST", cell: ({ vmaf, ssim }) => score(vmaf?.min, 1) || score(ssim?.min, 4), align: "right" },
  { title: "AT", cell: ({ vmaf, ssim }) => clockOf((vmaf ?? ssim)?.worstSeconds), align: "right" },
];

const rangeColumn: Column<Rung> = {
  title: "FACTORS",
  cell: ({ rateFactors }) => (rateFactors ? `${rateFactors.least}–${rateFactors.most}` : ""),
  align: "right",
};

const chunkColumns: Column<Row>[] = [
  { title: "CHUNK", cell: ({ ordinal }) => (ordinal === null ? "all" : String(ordinal)), align: "right" },
  { title: "FROM", cell: ({ startSeconds }) => formatClock(startSeconds), align: "right" },
  { title: "FILES", cell: ({ id }) => id },
  { title: "SSIM", cell: ({ ssim }) => score(ssim?.mean, 4), align: "right" },
  { title: "PSNR", cell: ({ psnr }) => score(psnr?.mean, 2), align: "right" },
  { title: "VMAF", cell: ({ vmaf }) => score(vmaf?.mean, 2), align: "right" },
  { title: "1 %", cell: ({ vmaf, ssim }) => score(vmaf?.low, 1) || score(ssim?.low, 4), align: "right" },
  { title: "WORST", cell: ({ vmaf, ssim }) => score(vmaf?.min, 1) || score(ssim?.min, 4), align: "right" },
  { title: "AT", cell: ({ vmaf, ssim }) => clockOf((vmaf ?? ssim)?.worstSeconds), align: "right" },
];

const searchColumns: Column<Row>[] = [
  { title: "FACTOR", cell: ({ rateFactor }) => (rateFactor === null ? "" : String(rateFactor)), align: "right" },
  { title: "PROBES", cell: ({ probes }) => (probes === null ? "" : String(probes)), align: "right" },
  { title: "PREDICTED", cell: ({ predicted }) => (predicted === null ? "" : String(predicted)), align: "right" },
];

const remarkColumn: Column<Row> = { title: "NOTE", cell: ({ unmeasured }) => withoutControls(unmeasured ?? "") };

function clockOf(seconds: number | undefined): string {
  return seconds === undefined ? "" : formatClock(seconds);
}
