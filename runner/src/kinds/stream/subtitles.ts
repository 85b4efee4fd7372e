import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import type { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { segmentFile } from "@reelway/shared/streams/rendition-files";
import type { KindContext, KindResult, ProducedFile } from "../kind.ts";
import { engineScopeOf } from "../scope.ts";
import { decodeText, sidecarBytesMax } from "../transcode/subtitle-text.ts";
import { bordersAt, packageReported } from "./package.ts";
import { readPlan } from "./read-plan.ts";
import { segmentGrid } from "./segment-grid.ts";

/** Files for each segment are small; the whole text comes once more, bytes. */
const roomBytes = 3 * sidecarBytesMax;

/** Sidecar subtitles as WebVTT, whole and in the pictures' segments. */
export async function packageSubtitles(context: KindContext, spec: StreamSpec): Promise<KindResult> {
  const plan = await readPlan(context);
  await context.claimSpace(spec.subtitles.length * roomBytes);
  const texts = await writeTexts(context, spec);
  const directory = join(context.outputDirectory, "segments");
  const report = named(await packageTexts(context, plan, spec, texts, directory), spec);
  return { files: textFiles(report, directory), source: null, encoder: null, report };
}

/** All inputs in UTF-8, in the order of the spec. */
async function writeTexts({ inputs, workDirectory }: KindContext, spec: StreamSpec): Promise<string[]> {
  const sidecars = inputs.subtitles ?? [];
  if (sidecars.length !== spec.subtitles.length)
    throw new ReelwayError("runner_error", `${sidecars.length} subtitles came of ${spec.subtitles.length}`);
  const written: string[] = [];
  for (const [place, sidecar] of sidecars.entries()) {
    const { size } = await stat(sidecar);
    if (size > sidecarBytesMax)
      throw new ReelwayError("input_limit_exceeded", `${size} bytes of subtitles, the limit is ${sidecarBytesMax}`);
    const path = join(workDirectory, `subtitles-${place + 1}.txt`);
    await writeFile(path, decodeText(await readFile(sidecar)));
    written.push(path);
  }
  return written;
}

function packageTexts(
  context: KindContext,
  plan: StreamPlan,
  { subtitles }: StreamSpec,
  texts: readonly string[],
  directory: string,
): Promise<PackageReport> {
  const { ticks, timescale, end } = segmentGrid(plan);
  const tracks = subtitles.map(({ language, isDefault, forced }, place) => {
    const flags = [...(isDefault === true ? ["default"] : []), ...(forced === true ? ["forced"] : [])];
    return [texts[place], `lang=${language}`, ...flags].join(",");
  });
  return packageReported(
    engineScopeOf(context),
    [
      ...tracks.flatMap((track) => ["--subtitles", track]),
      ...bordersAt(ticks, timescale),
      ...["--end-time", `${end}/${timescale}`, "-o", directory],
    ],
    context.stallMs,
  );
}

/** Names as users gave them: they may hold what an argument could not. What no playlist can hold is left out. */
function named(report: PackageReport, spec: StreamSpec): PackageReport {
  const tracks = (report.subtitles ?? []).map((track, place) => {
    const name = spec.subtitles[place]?.name?.replaceAll('"', " ").trim();
    return name ? { ...track, label: { ...track.label, name } } : track;
  });
  return { ...report, subtitles: tracks };
}

function textFiles({ subtitles = [] }: PackageReport, directory: string): ProducedFile[] {
  const file = (name: string, role: "segment" | "subtitles"): ProducedFile => ({
    path: join(directory, name),
    name,
    role,
    contentType: "text/vtt",
  });
  return subtitles.flatMap(({ id, segments }) => [
    file(`${id}/subtitles.vtt`, "subtitles"),
    ...segments.map(({ number }) => file(segmentFile(id, number), "segment")),
  ]);
}
