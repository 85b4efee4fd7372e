import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import HLS from "hls-parser";
import { parse as parseMpd } from "mpd-parser";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { openBrowser, PLAYERS, PlayerPage } from "./browser.ts";
import { GOP_SECONDS, SECONDS } from "./encodes.ts";
import { Site } from "./site.ts";
import {
  type ChunkedTitle,
  packageChunks,
  packageSubtitles,
  packageWhole,
  type Workshop,
  writeManifests,
} from "./titles.ts";

const TITLES = ["segments", "single-file", "chunks"];

const ENGLISH = `WEBVTT

STYLE
::cue(b) { color: lime }

00:00.500 --> 00:01.500 line:0
First

00:03.500 --> 00:04.500
Across <b>a border</b>

00:09.000 --> 00:12.000
Last
`;
const GERMAN = "1\n00:00:00,500 --> 00:00:01,500\n<font color=red>Erster</font> & Co\n";

const site = new Site();
let browser: Browser;
const folder = folderOfFile("subtitles");
let workshop: Workshop;
let chunked: ChunkedTitle;

beforeAll(async () => {
  workshop = { engine: buildEngine(), folder };
  [browser] = await Promise.all([openBrowser(), site.start()]);
  const [english, german] = [join(workshop.folder, "english.vtt"), join(workshop.folder, "german.srt")];
  writeFileSync(english, ENGLISH);
  writeFileSync(german, GERMAN);
  const subtitles = [`${english},lang=en,name=English,default`, `${german},lang=de`];
  const title = { video: "h264", audio: "aac", subtitles } as const;
  site.serve("segments", packageWhole(workshop, { ...title, name: "segments", subtitles }));
  site.serve("single-file", packageWhole(workshop, { ...title, name: "single-file", singleFile: true, subtitles }));
  chunked = packageSubtitles(workshop, packageChunks(workshop, "chunks"), subtitles);
  site.serve("chunks", writeManifests(workshop, chunked, "all", ""), chunked.media);
});

afterAll(async () => {
  await Promise.all([browser?.close(), site.stop()]);
});

/** The player has fetched and shows these, and no others, at that time. */
async function expectShown(page: PlayerPage, seconds: number, texts: string[]): Promise<void> {
  const shown = async () => expect(await page.subtitlesAt(seconds), `${seconds} s`).toEqual(texts);
  await vi.waitFor(shown, { timeout: 20_000, interval: 100 });
}

/** A request that hls.js gave up for another track is no fault. */
const errors = async (page: PlayerPage) => (await page.seen()).errors.filter((error) => error !== "hls.js: aborted");

describe.each(TITLES)("subtitles of %s", (title) => {
  test("are what hls-parser and mpd-parser read", async () => {
    const read = async (path: string) => (await fetch(`${site.url}/${title}/${path}`)).text();
    const main = HLS.parse(await read("main.m3u8"));
    if (!main.isMasterPlaylist) throw new Error("main.m3u8 is no multivariant playlist");
    for (const { subtitles } of main.variants.filter(({ isIFrameOnly }) => !isIFrameOnly)) {
      expect(subtitles.map(({ language, name, isDefault }) => ({ language, name, isDefault }))).toEqual([
        { language: "en", name: "English", isDefault: true },
        { language: "de", name: "de", isDefault: false },
      ]);
    }
    const media = HLS.parse(await read("subtitles-1/playlist.m3u8"));
    if (media.isMasterPlaylist) throw new Error("subtitles-1/playlist.m3u8 is no media playlist");
    expect(media.segments).toHaveLength(title === "single-file" ? 1 : SECONDS / GOP_SECONDS);
    expect(media.segments.reduce((sum, { duration }) => sum + duration, 0)).toBeCloseTo(SECONDS, 3);
    const manifestUri = `${site.url}/${title}/manifest.mpd`;
    const { mediaGroups } = parseMpd(await read("manifest.mpd"), { manifestUri });
    const groups = Object.values(mediaGroups.SUBTITLES.subs ?? {});
    expect(groups.map(({ language }) => language)).toEqual(["en", "de"]);
    for (const { playlists } of groups) {
      const uri = playlists[0]?.segments[0]?.resolvedUri ?? "";
      expect((await fetch(uri)).headers.get("content-type"), uri).toBe("text/vtt");
    }
  });

  test.concurrent.each(PLAYERS)("are shown by $player from $manifest", async ({ player, manifest }) => {
    const page = await PlayerPage.open(browser, site.url, player, `${title}/${manifest}`);
    // Shaka Player learns with the first pictures of HLS what time it is in texts: chosen later, the first ones stay away.
    await page.showSubtitles("en");
    await page.buffered(SECONDS);
    await expectShown(page, 1, ["First"]);
    for (const seconds of [3.8, 4.2]) await expectShown(page, seconds, ["Across a border"]);
    await expectShown(page, 2.5, []);
    await expectShown(page, 9.5, ["Last"]);
    await page.showSubtitles("de");
    await expectShown(page, 1.2, ["Erster & Co"]);
    expect(await errors(page)).toEqual([]);
    await page.close();
  });
});

test.concurrent.each(PLAYERS)(
  "a growing title's subtitles come with it, in $player from $manifest",
  async ({ player, manifest }) => {
    const name = `growing-${player}-${manifest}`;
    const since = new Date(Date.now() - 2_000).toISOString();
    const steps = mkdtempSync(join(workshop.folder, "growing-"));
    const manifests = (known: number | "all") => writeManifests({ ...workshop, folder: steps }, chunked, known, since);
    const first = manifests(2);
    expect(readFileSync(join(first, "subtitles-1/playlist.m3u8"), "utf8")).toMatch(/EVENT.*seg-00004\.vtt\n$/s);
    site.serve(name, first, chunked.media);
    const page = await PlayerPage.open(browser, site.url, player, `${name}/${manifest}`);
    await page.showSubtitles("en");
    await page.start();
    await page.passed(1);
    await page.pause();
    await expectShown(page, 4.2, ["Across a border"]);
    site.serve(name, manifests("all"), chunked.media);
    await page.start();
    await page.passed(9.1);
    await page.pause();
    await expectShown(page, 9.5, ["Last"]);
    expect(await errors(page)).toEqual([]);
    await page.close();
  },
);
