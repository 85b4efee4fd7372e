import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import HLS from "hls-parser";
import { parse as parseMpd } from "mpd-parser";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { openBrowser, PLAYERS, PlayerPage } from "./browser.ts";
import { GOP_SECONDS, SECONDS } from "./encodes.ts";
import { Site } from "./site.ts";
import { type ChunkedTitle, packageChunks, packageWhole, type Workshop, writeManifests } from "./titles.ts";

const TITLES = ["h264", "h264-single-file", "vp9", "av1", "h264-chunks"];
const BORDERS = [GOP_SECONDS, SECONDS - GOP_SECONDS];

const site = new Site();
let browser: Browser;
const folder = folderOfFile("playback");
let workshop: Workshop;
let chunked: ChunkedTitle;

beforeAll(async () => {
  workshop = { engine: buildEngine(), folder };
  [browser] = await Promise.all([openBrowser(), site.start()]);
  for (const title of [
    { name: "h264", video: "h264", audio: "aac" },
    { name: "h264-single-file", video: "h264", audio: "aac", singleFile: true },
    { name: "vp9", video: "vp9", audio: "opus" },
    { name: "av1", video: "av1", audio: "opus" },
  ] as const)
    site.serve(title.name, packageWhole(workshop, title));
  chunked = packageChunks(workshop, "h264-chunks");
  site.serve("h264-chunks", writeManifests(workshop, chunked, "all", ""), chunked.media);
});

afterAll(async () => {
  await Promise.all([browser?.close(), site.stop()]);
});

describe.each(TITLES)("%s", (title) => {
  test("its HLS playlists are what hls-parser reads", async () => {
    const read = async (path: string) => HLS.parse(await (await fetch(`${site.url}/${title}/${path}`)).text());
    const main = await read("main.m3u8");
    if (!main.isMasterPlaylist) throw new Error("main.m3u8 is no multivariant playlist");
    expect(main.variants.filter(({ isIFrameOnly }) => !isIFrameOnly)).toHaveLength(2);
    expect(main.variants.filter(({ isIFrameOnly }) => isIFrameOnly)).toHaveLength(2);
    const uris = main.variants.flatMap(({ uri, audio }) => [uri, ...audio.flatMap(({ uri }) => uri ?? [])]);
    for (const uri of new Set(uris)) {
      const media = await read(uri);
      if (media.isMasterPlaylist) throw new Error(`${uri} is no media playlist`);
      const seconds = media.segments.reduce((sum, { duration }) => sum + duration, 0);
      expect(seconds, uri).toBeCloseTo(SECONDS, 0);
      // Once rounded (RFC 8216 §4.3.3.1).
      const longest = Math.max(...media.segments.map(({ duration }) => Math.round(duration)));
      expect(longest, uri).toBeLessThanOrEqual(media.targetDuration);
      expect(media.endlist, uri).toBe(true);
    }
  });

  test("its DASH manifest is what mpd-parser reads", async () => {
    const manifestUri = `${site.url}/${title}/manifest.mpd`;
    const { duration, playlists, mediaGroups } = parseMpd(await (await fetch(manifestUri)).text(), { manifestUri });
    expect(duration).toBeCloseTo(SECONDS, 0);
    expect(playlists.map(({ attributes }) => attributes.RESOLUTION)).toEqual([
      { width: 320, height: 180 },
      { width: 160, height: 90 },
    ]);
    expect(Object.keys(mediaGroups.AUDIO.audio ?? {})).toHaveLength(1);
    // Single files are addressed by their segment index, which a manifest's parser does not read.
    const segments = playlists.map(({ segments }) => segments.length);
    expect(segments).toEqual(title === "h264-single-file" ? [0, 0] : [SECONDS / GOP_SECONDS, SECONDS / GOP_SECONDS]);
  });

  test.concurrent.each(PLAYERS)("$player plays $manifest to the end", async ({ player, manifest }) => {
    const page = await PlayerPage.open(browser, site.url, player, `${title}/${manifest}`);
    // Every border has media on both sides without a hole; then nothing has to wait for the network.
    await page.buffered(SECONDS);
    for (const border of BORDERS) for (const offset of [-0.02, 0, 0.001]) await page.seek(border + offset);
    const played = await page.playThrough(4);
    expect(played).toMatchObject({ errors: [], ended: true, waits: 0 });
    expect(played.time).toBeCloseTo(SECONDS, 0);
    expect([320, 160]).toContain(played.width);
    await page.close();
  });
});

describe("a title that grows", () => {
  test.concurrent.each(PLAYERS)(
    "$player plays $manifest from the first chunk to the end",
    async ({ player, manifest }) => {
      const name = `growing-${player}-${manifest}`;
      // Each run has its own time of birth: players of DASH count from there.
      const since = new Date(Date.now() - 2_000).toISOString();
      const steps = mkdtempSync(join(workshop.folder, "growing-"));
      const manifests = (known: number | "all") =>
        writeManifests({ ...workshop, folder: steps }, chunked, known, since);
      site.serve(name, manifests(2), chunked.media);
      const page = await PlayerPage.open(browser, site.url, player, `${name}/${manifest}`);
      await page.start();
      await page.passed(3);
      expect(await page.time()).toBeLessThan(8);
      site.serve(name, manifests("all"), chunked.media);
      await page.ended();
      expect(await page.seen()).toMatchObject({ errors: [] });
      expect(await page.time()).toBeCloseTo(SECONDS, 0);
      await page.close();
    },
  );
});

test("a growing title's playlists say that more will come", () => {
  const folder = writeManifests(workshop, chunked, 1, "2026-01-01T00:00:00Z");
  const media = HLS.parse(readFileSync(join(folder, "video-1/playlist.m3u8"), "utf8"));
  expect(media).toMatchObject({ playlistType: "EVENT", endlist: false });
  const manifestUri = "http://localhost/manifest.mpd";
  const { playlists, minimumUpdatePeriod } = parseMpd(readFileSync(join(folder, "manifest.mpd"), "utf8"), {
    manifestUri,
  });
  expect(minimumUpdatePeriod).toBeGreaterThan(0);
  expect(playlists.map(({ segments }) => segments.length)).toEqual([2, 2]);
});
