import type { LoadResult } from "../load/closed-loop.ts";
import { medianOf } from "../load/percentiles.ts";
import type { ConversionPair } from "../parts/conversion.ts";
import type { Dispatch } from "../parts/dispatch.ts";
import type { LeaseResult } from "../parts/lease.ts";
import { comparison, failureLines, type Measured, percentileRows, rateRow } from "./comparison.ts";
import { milliseconds, ratio } from "./figures.ts";
import { table } from "./table.ts";

/** The report's sections, in Markdown. */

export function dispatchSection(measured: Measured<readonly Dispatch[]>): string {
  return [
    "## 1. Dispatch latency",
    `One idle worker, one job after the other (${measured.reelway.length} each, in turn). Both workers fetch the source over HTTP`,
    "and probe it before ffmpeg starts; the time is taken by a stand-in for ffmpeg, the same on both sides.",
    "",
    comparison("until ffmpeg starts", [
      ...percentileRows("from the POST's answer,", measured, (side) => side.map((each) => each.acceptedToStartMs)),
      ...percentileRows("from sending the POST,", measured, (side) => side.map((each) => each.sentToStartMs)),
    ]),
  ].join("\n");
}

export interface AcceptFigures {
  readonly create: LoadResult;
  readonly read: LoadResult;
}

export function acceptSection(measured: Measured<AcceptFigures>): string {
  return [
    "## 2. Jobs accepted, 32 clients",
    "Every client sends its next request when the last is answered. A POST has a key of its own, a preset, a priority, tags",
    "and metadata; reads are nine single jobs to one list of twenty.",
    "",
    comparison("API", [
      rateRow("jobs accepted", measured, ({ create }) => create),
      ...percentileRows("POST /jobs", measured, ({ create }) => create.durationsMs),
      rateRow("reads answered", measured, ({ read }) => read),
      ...percentileRows("GET", measured, ({ read }) => read.durationsMs),
    ]),
    ...failureLines("POST", measured, ({ create }) => create),
    ...failureLines("GET", measured, ({ read }) => read),
  ].join("\n");
}

export interface NativeFigures {
  readonly completed: number;
  readonly elapsedMs: number;
}

export function leaseSection(measured: Measured<LeaseResult>, native: NativeFigures | null, runners: number): string {
  return [
    "## 3. Lease and complete, one region",
    `${runners} runners over HTTP, each leasing one job and completing it at once with an empty manifest.`,
    `Jobs queued for it: ${waiting(measured)}.`,
    "",
    comparison("over HTTP", [
      rateRow("lease + complete", measured, ({ cycles }) => cycles),
      ...percentileRows("lease", measured, ({ leaseMs }) => leaseMs),
      ...percentileRows("complete", measured, ({ completeMs }) => completeMs),
    ]),
    ...(native === null
      ? []
      : [
          "",
          `BullMQ's own worker beside its Redis, without HTTP, auth or validation, at a concurrency of ${runners}:`,
          `${Math.round((native.completed * 1_000) / native.elapsedMs).toLocaleString("en")}/s (${native.completed} jobs).`,
        ]),
    ...failureLines("lease and complete", measured, ({ cycles }) => cycles),
  ].join("\n");
}

function waiting({ reelway, baseline, synced }: Measured<LeaseResult>): string {
  return [reelway, baseline, synced].map((side) => side?.waiting ?? "–").join(" / ");
}

export function conversionSection(pairs: readonly ConversionPair[]): string {
  const ratios = pairs.map(({ leasedMs, plainMs }) => leasedMs / plainMs);
  const median = (key: keyof ConversionPair) => medianOf(pairs.map((pair) => pair[key]));
  return [
    "## 4. One conversion, 60 s of 1080p",
    `${pairs.length} pairs in turn: by Reelway, then the very ffmpeg command that its runner ran, by itself on a local file.`,
    `**Lease → completed against plain ffmpeg: ${medianOf(ratios).toFixed(3)} (median; aim ≤ 1.05)**, single pairs`,
    `${ratios.map((each) => each.toFixed(3)).join(", ")}.`,
    ...unevenLines(pairs.map(({ plainMs }) => plainMs)),
    "",
    table(
      ["median of the pairs", "time", "of plain"],
      (
        [
          ["plain ffmpeg", "plainMs"],
          ["Reelway, lease → completed", "leasedMs"],
          ["– download", "downloadMs"],
          ["– probe, encode, check", "processMs"],
          ["– hash, upload", "uploadMs"],
          ["whole journey: upload, convert, download", "journeyMs"],
        ] as const
      ).map(([label, key]) => [label, milliseconds(median(key)), ratio(median(key), median("plainMs"))]),
    ),
  ].join("\n");
}

/** Runs of one and the same command that differ by more than this, as a factor, were disturbed by other work. */
const evenWithin = 1.1;

function unevenLines(plainMs: readonly number[]): string[] {
  const [shortest, longest] = [Math.min(...plainMs), Math.max(...plainMs)];
  if (longest <= shortest * evenWithin) return [];
  const range = `${milliseconds(shortest)} to ${milliseconds(longest)}`;
  return [`**Disturbed by other work**: plain ffmpeg alone took ${range}, so the ratio says nothing.`];
}

/** What the figures don't say by themselves. */
export const fairness = `## What is compared

The baseline is fastify + BullMQ + Redis: one fastify process and one Redis (Unix socket, append-only file), built as
BullMQ's documentation advises. Its file is synced every second, so a crash loses up to a second of acknowledged jobs;
"synced" is the same with appendfsync always, which acknowledges what is on disk, as Reelway does.

It does the same work for a job: API key by hash with a cache of 30 s, the same zod schemas and presets, idempotency key, a
row that can be read and listed, priority, structured log. Job state is read from BullMQ itself, so that it writes nothing
twice. It does less in this: lists without filters, no fairness between tenants, no capability matching, no signed lease
token, no presigned input in the lease, no check of the manifest against a bucket, no events and no projection; its worker
uploads nothing.

Load comes from one more process on the same machine, so every rate is of a machine that is shared with its clients.`;
