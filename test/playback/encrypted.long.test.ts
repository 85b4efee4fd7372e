import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import HLS from "hls-parser";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { openBrowser, type PlayerKeys, PlayerPage } from "./browser.ts";
import { GOP_SECONDS, SECONDS } from "./encodes.ts";
import { KEY, KEY_ID, KEY_PATH } from "./keys.ts";
import { Site } from "./site.ts";
import { packageWhole } from "./titles.ts";

const TITLES = [
  { name: "h264-cenc", video: "h264", audio: "aac", scheme: "cenc" },
  { name: "h264-cbcs", video: "h264", audio: "aac", scheme: "cbcs" },
  { name: "vp9-cenc", video: "vp9", audio: "opus", scheme: "cenc" },
  { name: "av1-cbcs", video: "av1", audio: "opus", scheme: "cbcs", singleFile: true },
] as const;
const site = new Site();
let browser: Browser;
const folder = folderOfFile("playback");

beforeAll(async () => {
  const engine = buildEngine();
  [browser] = await Promise.all([openBrowser(), site.start()]);
  for (const { scheme, ...title } of TITLES) {
    for (const keyFormat of ["identity", "org.w3.clearkey"] as const) {
      const name = `${title.name}-${keyFormat}`;
      site.serve(name, packageWhole({ engine, folder }, { ...title, name, encryption: { scheme, keyFormat } }));
    }
  }
});

afterAll(async () => {
  await Promise.all([browser?.close(), site.stop()]);
});

describe.each(TITLES)("$name", ({ name, scheme }) => {
  test.each([
    // hls.js knows Clear Key by its name alone, and asks a licence server.
    { player: "hls.js", manifest: "org.w3.clearkey/main.m3u8", keys: () => ({ licenceUrl: `${site.url}${KEY_PATH}` }) },
    // The URI of the format "identity" gives the key itself.
    { player: "shaka", manifest: "identity/main.m3u8", keys: () => ({}) },
    { player: "shaka", manifest: "identity/manifest.mpd", keys: () => ({ clearKeys: { [KEY_ID]: KEY } }) },
  ] as const)("$player plays $manifest to the end", async ({ player, manifest, keys }) => {
    const page = await PlayerPage.open(browser, site.url, player, `${name}-${manifest}`, keys() satisfies PlayerKeys);
    await page.buffered(SECONDS);
    await page.seek(GOP_SECONDS);
    await page.seek(SECONDS - GOP_SECONDS - 0.02);
    const played = await page.playThrough(4);
    expect(played).toMatchObject({ errors: [], ended: true });
    expect(played.time).toBeCloseTo(SECONDS, 0);
    expect([320, 160]).toContain(played.width);
    await page.close();
  });

  test("without its key a player shows nothing", async () => {
    const wrong = { clearKeys: { [KEY_ID]: KEY_ID } };
    const page = await PlayerPage.open(browser, site.url, "shaka", `${name}-identity/manifest.mpd`, wrong);
    await page.start().catch(() => undefined);
    await expect.poll(async () => (await page.seen()).errors.length, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await page.seen()).toMatchObject({ ended: false });
    await page.close();
  });

  test("hls-parser reads which key its playlists name", async () => {
    const text = await (await fetch(`${site.url}/${name}-identity/video-1/playlist.m3u8`)).text();
    const media = HLS.parse(text);
    if (media.isMasterPlaylist) throw new Error("playlist.m3u8 is no media playlist");
    const method = scheme === "cbcs" ? "SAMPLE-AES" : "SAMPLE-AES-CTR";
    expect(media.segments.map(({ key }) => key)).toEqual(
      media.segments.map(() => expect.objectContaining({ method, uri: KEY_PATH, format: "identity" })),
    );
    expect(media.version).toBe(7);
  });
});
