import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@reelway/shared/client/client";
import { until } from "@reelway/stack/process/until";
import { readSettings } from "@reelway/stack/settings";
import { bringUp, type Running } from "@reelway/stack/up";
import type { Browser } from "playwright-core";
import { openBrowser } from "../playback/browser.ts";
import { makeFilm } from "./film.ts";
import { Recording } from "./terminal.ts";

const programs = join(import.meta.dirname, "../../bin");
const pictures = join(import.meta.dirname, "../../docs/pictures");
const film = "deep-dive.mp4";
const filmSeconds = 40;
const withinMs = 300_000;

/**
 * `make pictures`: what README shows, taken of a stack of its own. A film becomes a stream by two runners, the command line and
 * the page are photographed while it is made, the page with the film already playing.
 */
async function main(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "reelway-pictures-"));
  let running: Running | undefined;
  let browser: Browser | undefined;
  try {
    makeFilm(join(home, film), filmSeconds);
    const environment = environmentIn(home);
    running = await bringUp(readSettings(environment), environment, console.error);
    browser = await openBrowser();
    await photograph(browser, home, { url: running.controlPlane.url, key: running.adminKey });
  } finally {
    await browser?.close();
    await running?.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

/** Two runners with a core each, as on two small hosts. */
function environmentIn(home: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    REELWAY_DATA_DIR: join(home, "data"),
    REELWAY_HOST: "127.0.0.1",
    REELWAY_PORT: "0",
    REELWAY_PUBLIC_URL: "",
    REELWAY_RUNNERS: "2",
    CONCURRENCY: "1",
    FFMPEG_THREADS: "1",
    DRAIN_GRACE: "0",
  };
}

async function photograph(browser: Browser, home: string, { url, key }: { url: string; key: string }): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  const convert = new Recording(["reelway", "convert", film, "--preset", "hls-1080p"], home, {
    PATH: `${programs}:${process.env.PATH}`,
    REELWAY_URL: url,
    REELWAY_API_KEY: key,
  });
  const { jobs } = createClient({ url, key });
  const job = async () => (await jobs.list({ limit: 1 })).items[0];
  await until(async () => typeof (await job())?.playableAt === "number", withinMs);

  const page = await browser.newPage({ viewport: { width: 1_280, height: 860 }, deviceScaleFactor: 2 });
  await page.goto(new URL(`/jobs/${(await job())?.id}`, url).href);
  await page.getByRole("textbox", { name: "API key" }).fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Play", exact: true }).first().click({ timeout: withinMs });
  await until(async () => (await page.evaluate<number>("document.querySelector('video').currentTime")) > 4, withinMs);
  await page.screenshot({ path: join(pictures, "job.jpg"), type: "jpeg", quality: 85 });

  const code = await convert.ended;
  if (code !== 0) throw new Error(`the conversion ended with ${code}`);
  await convert.photograph(browser, join(pictures, "convert.png"));
}

await main();
