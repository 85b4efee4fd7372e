import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PackageReport, SubtitlesReport } from "@reelway/shared/contracts/package-report";
import type { PartFindings } from "@reelway/shared/contracts/quality";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import type { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import { downloadsOf } from "@reelway/shared/streams/downloads";
import { qualityReport } from "@reelway/shared/streams/quality-report";
import type { ProducedFile } from "../kind.ts";

/** Writes metadata.json of a finished stream: what the source holds, and what was made of it, for people and pages. */
export async function writeTitleMetadata(
  directory: string,
  spec: StreamSpec,
  plan: StreamPlan,
  reports: readonly PackageReport[],
  findings: readonly PartFindings[] | null,
): Promise<ProducedFile> {
  const { source, durationSeconds, segmentSeconds, whole, video } = plan;
  const made = measured(reports);
  const empty = new Set(reports.flatMap((report) => report.empty ?? []));
  const metadata = {
    source,
    result: {
      durationSeconds,
      segmentSeconds,
      chunks: plan.chunks.length,
      // Why it was not taken apart, where it was not.
      whole,
      encoder: video?.encoder ?? null,
      video: (video?.renditions ?? []).map(({ id, name, width, height }) => ({
        ...{ id, name, width, height },
        ...made.get(id),
      })),
      audio: plan.audio.flatMap(({ id, language, codec, channels }) => {
        const found = made.get(id);
        return found === undefined ? [] : [{ id, language, codec, channels, ...found }];
      }),
      leftOut: plan.audio
        .filter(({ id }) => empty.has(id))
        .map(({ id, track, language }) => ({ id, track, language, reason: "The track holds no samples." })),
      downloads: downloadsOf(spec, plan),
      // What was found out about it, where that was asked for.
      ...(findings && { quality: qualityReport(titleOf(video), findings) }),
      subtitles: reports.flatMap(({ subtitles }) => subtitles ?? []).map(describe),
    },
  };
  const path = join(directory, "metadata.json");
  await writeFile(path, `${JSON.stringify(metadata, null, 2)}\n`);
  return { path, name: "metadata.json", role: "metadata", contentType: "application/json" };
}

function titleOf(video: StreamPlan["video"]) {
  return { target: video?.target ?? null, renditions: video?.renditions ?? [] };
}

interface Measured {
  readonly codecs: string;
  readonly segments: number;
  /** Pictures, or frames of sound. */
  readonly samples: number;
  /** Its init segment included. */
  readonly bytes: number;
}

/** What the reports of each rendition come to, whichever tasks they are from. */
function measured(reports: readonly PackageReport[]): ReadonlyMap<string, Measured> {
  const made = new Map<string, Measured>();
  for (const { id, codecs, initBytes, segments } of reports.flatMap(({ renditions }) => renditions)) {
    const known = made.get(id) ?? { codecs, segments: 0, samples: 0, bytes: initBytes };
    made.set(id, {
      codecs,
      segments: known.segments + segments.length,
      samples: segments.reduce((sum, { samples }) => sum + samples, known.samples),
      bytes: segments.reduce((sum, { bytes }) => sum + bytes, known.bytes),
    });
  }
  return made;
}

function describe({ id, label, segments }: SubtitlesReport) {
  const { language = null, name = null, default: isDefault, forced } = label;
  return { id, language, name, isDefault, forced, segments: segments.length };
}
