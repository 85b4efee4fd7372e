import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import type { RenditionReport } from "@reelway/shared/contracts/package-report";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { mediaInput } from "../../ffmpeg/arguments/guard.ts";
import { probeFile } from "../../ffmpeg/probe.ts";
import { runFfmpeg } from "../../ffmpeg/run.ts";
import type { KindContext } from "../kind.ts";
import { scopeOf } from "../scope.ts";
import { endSecondsOf, startSecondsOf } from "./joined-renditions.ts";

/** Packets are counted in ticks of different clocks, and sound ends with a packet of its own. */
const roundingSeconds = 0.15;
/** How much of the end is decoded. */
const tailSeconds = 2;

/**
 * Looks at a joined file with other eyes than those of who made it: every track is there with all of its pictures, lasts as
 * long as its segments, and the end decodes without a word. Throws output_invalid.
 */
export async function checkDownload(
  context: KindContext,
  path: string,
  tracks: readonly RenditionReport[],
): Promise<MediaInfo> {
  const scope = scopeOf(context);
  const info = await probeFile(scope, path);
  const fault = faultOf(info, tracks) ?? (await faultInTail(context, path, info));
  if (fault !== null) throw new ReelwayError("output_invalid", `the joined file ${fault}`);
  return info;
}

function faultOf({ video, audio }: MediaInfo, tracks: readonly RenditionReport[]): string | null {
  const isPicture = ({ id }: RenditionReport) => id.startsWith("video-");
  const [pictures, sounds] = [tracks.filter(isPicture), tracks.filter((track) => !isPicture(track))];
  if (video.length !== pictures.length || audio.length !== sounds.length)
    return `has ${video.length} pictures and ${audio.length} sounds`;
  for (const [place, track] of [...pictures, ...sounds].entries()) {
    const found = video[place] ?? audio[place - video.length];
    const seconds = endSecondsOf(track) - startSecondsOf(track);
    if (found?.durationSeconds == null || Math.abs(found.durationSeconds - seconds) > roundingSeconds)
      return `has ${track.id} for ${found?.durationSeconds ?? 0} s, not ${seconds} s`;
  }
  const planned = pictures[0]?.segments.reduce((sum, { samples }) => sum + samples, 0);
  return planned === undefined || video[0]?.frames === planned
    ? null
    : `has ${video[0]?.frames} pictures, not ${planned}`;
}

async function faultInTail(context: KindContext, path: string, info: MediaInfo): Promise<string | null> {
  const start = Math.max(0, (info.durationSeconds ?? 0) - tailSeconds);
  const end = await runFfmpeg(scopeOf(context), [
    ...["-v", "error"],
    ...mediaInput({ path, format: "mov", threads: context.threads, before: ["-ss", start.toFixed(3)] }),
    ...["-map", "0:v?", "-map", "0:a?", "-fps_mode", "vfr", "-f", "null", "-"],
  ]);
  return end.logTail === "" ? null : `does not decode at its end: ${end.logTail.slice(0, 200)}`;
}
