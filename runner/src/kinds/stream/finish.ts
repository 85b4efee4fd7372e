import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import type { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import { audioEncoders } from "../../ffmpeg/arguments/sound.ts";
import type { KindContext, KindResult } from "../kind.ts";
import { engineScopeOf } from "../scope.ts";
import { checkPlaylists } from "./check-playlists.ts";
import { checkReports } from "./check-reports.ts";
import { playlistFiles } from "./playlist-files.ts";
import { readPlan } from "./read-plan.ts";
import { runOverMade } from "./run-over-made.ts";
import { writeTitleMetadata } from "./title-metadata.ts";

/** What a report of a long film takes on disk, bytes; playlists are smaller. */
const roomBytes = 256 * 1024 * 1024;

/** The end of a stream: playlists and manifest from what its other tasks report, without their media. */
export async function finishStream(context: KindContext, spec: StreamSpec): Promise<KindResult> {
  const plan = await readPlan(context);
  await context.claimSpace(roomBytes);
  const reports = await context.packageReports();
  checkReports(reports, plan);
  const directory = join(context.outputDirectory, "playlists");
  await writePlaylists(context, plan, reports, directory);
  await checkPlaylists(directory, reports);
  const isMeasured = spec.qualityReport === true || plan.video?.target !== undefined;
  const findings = isMeasured ? await context.findings() : null;
  const metadata = await writeTitleMetadata(context.outputDirectory, spec, plan, reports, findings);
  const [first] = plan.audio;
  const encoder = plan.video?.encoder ?? (first === undefined ? null : audioEncoders[first.codec]);
  return { files: [...(await playlistFiles(directory)), metadata], source: plan.source, encoder };
}

async function writePlaylists(
  context: KindContext,
  { chunks, targetDurationSeconds }: StreamPlan,
  reports: readonly PackageReport[],
  directory: string,
): Promise<void> {
  const listed = reports.flatMap(({ empty: _, ...report }) =>
    report.renditions.length + (report.subtitles?.length ?? 0) > 0 ? [report] : [],
  );
  const names = listed.map((_, place) => `report-${String(place + 1).padStart(5, "0")}.json`);
  for (const [place, name] of names.entries())
    await writeFile(join(context.workDirectory, name), JSON.stringify(listed[place]));
  // What players were told while the title grew may not change; where it did not grow, its segments say it themselves.
  const target = chunks.length > 0 ? ["--target-duration", String(targetDurationSeconds)] : [];
  await runOverMade(engineScopeOf(context), ["manifest", ...names, ...target, "-o", directory], context.stallMs);
}
