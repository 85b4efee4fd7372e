import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import HLS from "hls-parser";
import { parse as parseMpd } from "mpd-parser";
import { expect, test } from "vitest";
import { finishTitle } from "../../runner/test/kinds/stream/whole-job.ts";

test("independent parsers find every segment of a stream that was finished from its parts", async () => {
  const { directory, plan } = await finishTitle("two-languages.mp4");
  const read = (name: string) => readFileSync(join(directory, name), "utf8");

  const main = HLS.parse(read("main.m3u8"));
  if (!main.isMasterPlaylist) throw new Error("main.m3u8 is no multivariant playlist");
  const variants = main.variants.filter(({ isIFrameOnly }) => !isIFrameOnly);
  const sizes = new Set(variants.map(({ resolution }) => `${resolution?.width}x${resolution?.height}`));
  expect([...sizes]).toEqual(["320x180", "256x144"]);
  expect([...new Set(variants.flatMap(({ audio }) => audio.map(({ language }) => language)))].sort()).toEqual([
    "de",
    "en",
  ]);
  expect(
    variants[0]?.subtitles.map(({ name, language, isDefault, forced }) => [name, language, isDefault, forced]),
  ).toEqual([
    ["Deutsch, groß", "de", true, false],
    ["en", "en", false, true],
  ]);

  const pictures = plan.chunks.reduce((sum, { segments }) => sum + segments.length, 0);
  const uris = variants.flatMap(({ uri, audio, subtitles }) => [
    uri,
    ...[...audio, ...subtitles].flatMap((media) => media.uri ?? []),
  ]);
  for (const uri of new Set(uris)) {
    const media = HLS.parse(read(uri));
    if (media.isMasterPlaylist) throw new Error(`${uri} is no media playlist`);
    expect(media.segments, uri).toHaveLength(pictures);
    expect(media.endlist, uri).toBe(true);
    const folder = uri.slice(0, uri.indexOf("/"));
    for (const segment of media.segments)
      expect(existsSync(join(directory, folder, segment.uri)), segment.uri).toBe(true);
    const seconds = media.segments.reduce((sum, { duration }) => sum + duration, 0);
    expect(Math.abs(seconds - plan.durationSeconds), uri).toBeLessThan(0.4);
  }

  const manifest = parseMpd(read("manifest.mpd"), { manifestUri: "https://title.example/manifest.mpd" });
  expect(Math.abs(manifest.duration - plan.durationSeconds)).toBeLessThan(0.1);
  expect(manifest.playlists.map(({ segments }) => segments.length)).toEqual([pictures, pictures]);
  expect(
    Object.values(manifest.mediaGroups.SUBTITLES.subs ?? {})
      .map(({ language }) => language)
      .sort(),
  ).toEqual(["de", "en"]);
  for (const { segments } of manifest.playlists)
    for (const { resolvedUri } of segments)
      expect(existsSync(join(directory, new URL(resolvedUri).pathname)), resolvedUri).toBe(true);
}, 300_000);
