import { dirname, join } from "node:path";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { segmentFile } from "@reelway/shared/streams/rendition-files";
import { readMade } from "../../storage/read-made.ts";

/** A day of one-second segments in ten renditions. */
const playlistBytesMax = 64 * 1024 ** 2;

/**
 * Reads what was written as a player would (RFC 8216): the multivariant playlist leads to every rendition, and each of
 * these lists all of its segments in order, with their lengths, to an end. Throws output_invalid.
 */
export async function checkPlaylists(directory: string, reports: readonly PackageReport[]): Promise<void> {
  const main = await readMade(join(directory, "main.m3u8"), playlistBytesMax);
  const manifest = await readMade(join(directory, "manifest.mpd"), playlistBytesMax);
  for (const [id, expected] of expectedOf(reports)) {
    const name = `${id}/playlist.m3u8`;
    const isNamed = main.split("\n").some((line) => line === name || line.includes(`URI="${name}"`));
    if (!isNamed) throw new ReelwayError("output_invalid", `main.m3u8 does not name ${name}`);
    if (!manifest.includes(`${id}/`)) throw new ReelwayError("output_invalid", `manifest.mpd does not name ${id}`);
    const listed = segmentsIn(await readMade(join(directory, name), playlistBytesMax), dirname(name));
    if (listed === null) throw new ReelwayError("output_invalid", `${name} does not come to an end`);
    const wrong = expected.findIndex(({ file, seconds }, index) => {
      const found = listed[index];
      return found?.file !== file || Math.abs(found.seconds - seconds) > roundedSeconds;
    });
    const first = wrong < 0 ? expected.length : wrong;
    if (first < Math.max(listed.length, expected.length))
      throw new ReelwayError("output_invalid", `${name} does not list what was packaged, from segment ${first + 1} on`);
  }
}

interface Listed {
  readonly file: string;
  readonly seconds: number;
}

/** Durations have six decimals. */
const roundedSeconds = 0.000_001;

/** What each rendition's playlist has to list. */
function expectedOf(reports: readonly PackageReport[]): Map<string, Listed[]> {
  const all = reports.flatMap(({ renditions, subtitles }) => [...renditions, ...(subtitles ?? [])]);
  const byId = new Map<string, { number: number; listed: Listed }[]>();
  for (const { id, timescale, segments } of all) {
    const known = byId.get(id) ?? [];
    for (const { number, duration } of segments)
      known.push({ number, listed: { file: segmentFile(id, number), seconds: duration / timescale } });
    byId.set(id, known);
  }
  return new Map(
    [...byId].map(([id, segments]) => [id, segments.sort((a, b) => a.number - b.number).map(({ listed }) => listed)]),
  );
}

/** The segments of a media playlist, or null where it has no end. */
function segmentsIn(playlist: string, folder: string): Listed[] | null {
  const lines = playlist.split("\n");
  if (lines[0] !== "#EXTM3U" || !lines.includes("#EXT-X-ENDLIST")) return null;
  let seconds = Number.NaN;
  const listed: Listed[] = [];
  for (const line of lines) {
    const [, length] = /^#EXTINF:([\d.]+),/.exec(line) ?? [];
    if (length !== undefined) seconds = Number(length);
    else if (line !== "" && !line.startsWith("#")) listed.push({ file: `${folder}/${line}`, seconds });
  }
  return listed;
}
