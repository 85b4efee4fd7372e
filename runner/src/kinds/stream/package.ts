import { join } from "node:path";
import { PackageReport } from "@reelway/shared/contracts/package-report";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { initFile, segmentFile } from "@reelway/shared/streams/rendition-files";
import type { EngineScope } from "../../engine/run-engine.ts";
import { readMade } from "../../storage/read-made.ts";
import type { ProducedFile } from "../kind.ts";
import { runOverMade } from "./run-over-made.ts";

/** Where encoded files stand in their title. Times are in ticks of `timescale`. */
export interface Place {
  readonly timescale: number;
  readonly firstSegment: number;
  /** When the first picture is shown, or the sound begins. */
  readonly start: number;
  /** When what follows begins; null: where the files end. */
  readonly end: number | null;
  /** Where segments begin; null: about each so many seconds, at key frames. */
  readonly cutAt: readonly number[] | { readonly seconds: number };
}

export interface Packaging {
  readonly scope: EngineScope;
  /** One for each rendition, in order. */
  readonly encoded: readonly string[];
  readonly place: Place;
  /** Made by the engine. */
  readonly directory: string;
  readonly limitMs: number;
}

/** Packages encoded files as segments with their final numbers and times, and returns what the engine reports of them. */
export async function packageSegments({
  scope,
  encoded,
  place,
  directory,
  limitMs,
}: Packaging): Promise<PackageReport> {
  const time = (ticks: number) => `${ticks}/${place.timescale}`;
  const { cutAt, end } = place;
  const options = [
    ...["--chunk", "--first-segment", String(place.firstSegment), "--base-time", time(place.start)],
    ...(end === null ? [] : ["--end-time", time(end)]),
    ...("seconds" in cutAt ? ["--segment-duration", String(cutAt.seconds)] : bordersAt(cutAt, place.timescale)),
  ];
  return packageReported(scope, [...options, "-o", directory, ...encoded], limitMs);
}

/** The engine's arguments for borders. The kernel takes 128 KiB in one argument, and a day has thousands of borders. */
export function bordersAt(ticks: readonly number[], timescale: number): string[] {
  const times = ticks.map((tick) => `${tick}/${timescale}`);
  const batches = Array.from({ length: Math.ceil(times.length / bordersPerArgument) }, (_, batch) =>
    times.slice(batch * bordersPerArgument, (batch + 1) * bordersPerArgument),
  );
  return batches.flatMap((batch) => ["--borders", batch.join(",")]);
}

const bordersPerArgument = 2_000;

/** A day of one-second segments in ten renditions, each told in less than a hundred bytes. */
const reportBytesMax = 128 * 1024 ** 2;

/** Runs `package` with these arguments, and returns what it reports. */
export async function packageReported(
  scope: EngineScope,
  args: readonly string[],
  limitMs: number,
): Promise<PackageReport> {
  const report = join(scope.cwd, "report.json");
  await runOverMade(scope, ["package", "--report", report, ...args], limitMs);
  const parsed = PackageReport.safeParse(JSON.parse(await readMade(report, reportBytesMax)));
  if (!parsed.success) throw new ReelwayError("runner_error", "reelway-media package gave another report than agreed");
  return parsed.data;
}

/** The files that a report names, to be uploaded. */
export function segmentFiles({ renditions }: PackageReport, directory: string): ProducedFile[] {
  return renditions.flatMap(({ id, segments }) =>
    segments.map(({ number }) => fileOf(directory, segmentFile(id, number), "segment")),
  );
}

export function initFiles({ renditions }: PackageReport, directory: string): ProducedFile[] {
  return renditions.map(({ id }) => fileOf(directory, initFile(id), "init"));
}

function fileOf(directory: string, name: string, role: "segment" | "init"): ProducedFile {
  const contentType = name.startsWith("audio-") ? "audio/mp4" : "video/mp4";
  return { path: join(directory, name), name, role, contentType };
}
