import type { Command } from "commander";
import { z } from "zod";
import type { JobPlan } from "../../contracts/job-plan.ts";
import type { JobTask } from "../../contracts/job-task.ts";
import { withoutControls } from "../../contracts/text.ts";
import { counted } from "../../counted.ts";
import { JobId } from "../../ids.ts";
import { limits } from "../../limits.ts";
import { type Cli, connect } from "../cli.ts";
import { checked } from "../failures.ts";
import { optionsOf, wholeNumber } from "../options.ts";
import type { Output } from "../output.ts";
import type { Style } from "../terminal/style.ts";
import { type Column, renderFields, renderTable } from "../terminal/table.ts";
import { formatBytes, formatClock, formatDuration, formatTime } from "../terminal/units.ts";
import { printTable } from "./list.ts";

const PlayOptions = z.object({
  expires: wholeNumber(limits.playbackTokenSecondsMin, limits.playbackTokenSecondsMax).optional(),
});
const idOf = (text: string) => checked(JobId, text, text);

/** What there is to see of jobs that are made in many parts: their plan, their tasks, and the way to play them. */
export function addJobStreams(jobs: Command, cli: Cli): void {
  const { output, signal } = cli;

  jobs
    .command("plan")
    .description("Show how a stream is made: its ladder and its chunks.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const plan = await connect(cli, command).jobs.plan(idOf(id), signal);
      output.jsonLine(plan);
      printPlan(output, plan);
    });

  jobs
    .command("tasks")
    .description("Show what a job consists of, and how far each part is.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { items } = await connect(cli, command).jobs.tasks(idOf(id), signal);
      for (const task of items) output.jsonLine(task);
      printTable(output, taskColumns(output.out, Date.now()), items);
    });

  jobs
    .command("play")
    .description("Print URLs that players need no other credential for.")
    .argument("<id>")
    .option("--expires <seconds>", "how long they hold, 60 to 604800; default: PLAYBACK_TOKEN_SECONDS")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { expires } = optionsOf(command, PlayOptions);
      const request = expires === undefined ? {} : { expiresInSeconds: expires };
      const playback = await connect(cli, command).jobs.playback(idOf(id), request, signal);
      output.jsonLine(playback);
      const { hls, dash, poster, storyboard, expiresAt } = playback;
      const fields = [
        ["hls", hls],
        ["dash", dash],
        ["poster", poster],
        ["storyboard", storyboard],
        ["until", formatTime(expiresAt)],
      ] as const;
      output.line(renderFields(fields, output.out));
    });
}

function printPlan(output: Output, plan: JobPlan): void {
  const style = output.out;
  const { video, whole, chunks, reused } = plan;
  const rate = video?.frameRate ? `${video.frameRate.join("/")} pictures a second` : "a variable rate";
  const fields = [
    ["duration", formatDuration(plan.durationSeconds * 1_000)],
    ["pictures", video && withoutControls(`${video.encoder}, ${video.speed}, ${rate}`)],
    ["target", video?.target ? `${video.target.metric} ${video.target.value}` : null],
    ["segments", `of ${plan.segmentSeconds} s, none above ${plan.targetDurationSeconds} s`],
    ["chunks", chunks.length > 0 ? String(chunks.length) : null],
    ["uncut", whole && withoutControls(whole.reason)],
    ["copied", reused && copiedOf(reused)],
  ] as const;
  output.line(renderFields(fields, style));
  if (video) output.line(`\n${renderTable(rungColumns(reused), video.renditions, style)}`);
  if (plan.audio.length > 0) output.line(`\n${renderTable(soundColumns, plan.audio, style)}`);
  if (chunks.length > 0) output.line(`\n${renderTable(chunkColumns, chunks, style)}`);
}

function copiedOf({ jobId, renditions, reason }: NonNullable<JobPlan["reused"]>): string {
  const sizes = counted(renditions.length, "size");
  return reason === null ? `${sizes} of ${jobId}` : `nothing of ${jobId}: ${withoutControls(reason)}`;
}

function rungColumns(reused: JobPlan["reused"]): Column<NonNullable<JobPlan["video"]>["renditions"][number]>[] {
  const copied = new Set(reused?.renditions.map(({ id }) => id));
  return [
    { title: "RUNG", cell: ({ name }) => withoutControls(name) },
    { title: "SIZE", cell: ({ width, height }) => `${width}×${height}` },
    { title: "CEILING", cell: ({ maxKbps }) => `${maxKbps} kbit/s`, align: "right" },
    { title: "CODEC", cell: ({ codecs }) => withoutControls(codecs ?? "") },
    { title: "FILES", cell: ({ id }) => id },
    ...(copied.size > 0 ? [{ title: "COPIED", cell: ({ id }: { id: string }) => (copied.has(id) ? "yes" : "") }] : []),
  ];
}

const soundColumns: Column<JobPlan["audio"][number]>[] = [
  { title: "SOUND", cell: ({ language }) => withoutControls(language ?? "und") },
  { title: "CODEC", cell: ({ codec }) => codec },
  { title: "CHANNELS", cell: ({ channels }) => String(channels), align: "right" },
  { title: "RATE", cell: ({ bitrateKbps }) => `${bitrateKbps} kbit/s`, align: "right" },
  { title: "FILES", cell: ({ id }) => id },
];

const chunkColumns: Column<JobPlan["chunks"][number]>[] = [
  { title: "CHUNK", cell: ({ ordinal }) => String(ordinal), align: "right" },
  { title: "FROM", cell: ({ startSeconds }) => formatClock(startSeconds), align: "right" },
  { title: "TO", cell: ({ endSeconds }) => formatClock(endSeconds), align: "right" },
  { title: "PICTURES", cell: ({ pictures }) => String(pictures), align: "right" },
  { title: "SEGMENTS", cell: segmentsOf, align: "right" },
  { title: "READS", cell: ({ sourceBytes }) => formatBytes(sourceBytes), align: "right" },
];

function segmentsOf({ firstSegment, segments }: JobPlan["chunks"][number]): string {
  return segments === 1 ? String(firstSegment) : `${firstSegment}–${firstSegment + segments - 1}`;
}

function taskColumns(style: Style, now: number): Column<JobTask>[] {
  return [
    { title: "PART", cell: ({ part }) => withoutControls(part) || "all" },
    { title: "STATE", cell: ({ state }) => paintTaskState(state, style) },
    { title: "ATTEMPT", cell: ({ attempt }) => (attempt > 0 ? String(attempt) : ""), align: "right" },
    { title: "TOOK", cell: (task) => tookOf(task, now), align: "right" },
    { title: "RUNNER", cell: ({ runnerId }) => runnerId ?? "" },
    { title: "NOTE", cell: (task) => noteOf(task, style) },
  ];
}

function paintTaskState(state: JobTask["state"], style: Style): string {
  if (state === "done") return style.green(state);
  if (state === "dead") return style.red(state);
  return state === "leased" ? style.cyan(state) : style.dim(state);
}

function noteOf({ hedge, error }: JobTask, style: Style): string {
  if (hedge) return `also ${hedge.runnerId}`;
  return error ? style.red(error.code) : "";
}

function tookOf({ startedAt, endedAt, state }: JobTask, now: number): string {
  if (startedAt === null) return "";
  if (endedAt !== null) return formatDuration(endedAt - startedAt);
  return state === "leased" ? formatDuration(now - startedAt) : "";
}
