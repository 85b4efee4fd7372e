import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import puppeteer from "puppeteer-core";

/** Chromium, from `CHROMIUM_PATH` or where Debian puts it. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new Error(`no ${executablePath}: install it with apt-get install chromium, or name another by CHROMIUM_PATH`);
  }
  const args = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required", "--mute-audio"];
  return chromium.launch({ executablePath, args });
}

/** A tab, as far as the players need one: each browser has a driver of its own. */
export interface Tab {
  goto(url: string): Promise<unknown>;
  setDefaultTimeout(milliseconds: number): void;
  waitForFunction(expression: string): Promise<unknown>;
  evaluate<T>(expression: string): Promise<T>;
  close(): Promise<void>;
}

export interface Tabs {
  newPage(): Promise<Tab>;
}

const firefoxPaths = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];

/** Firefox as it is, from `FIREFOX_PATH` or where systems put it: Playwright drives none but its own build. */
export async function openFirefox(): Promise<Tabs & { close(): Promise<void> }> {
  const executablePath = [process.env.FIREFOX_PATH ?? firefoxPaths].flat().find(existsSync);
  if (executablePath === undefined) {
    throw new Error("there is no Firefox: install it with apt-get install firefox-esr, or name one by FIREFOX_PATH");
  }
  const extraPrefsFirefox = { "media.autoplay.default": 0, "media.volume_scale": "0.0" };
  const firefox = await puppeteer.launch({ browser: "firefox", executablePath, extraPrefsFirefox });
  return {
    newPage: async () => {
      const page = await firefox.newPage();
      return {
        goto: (url) => page.goto(url),
        setDefaultTimeout: (milliseconds) => page.setDefaultTimeout(milliseconds),
        waitForFunction: (expression) => page.waitForFunction(expression),
        evaluate: async <T>(expression: string) => (await page.evaluate(expression)) as T,
        close: () => page.close(),
      };
    },
    close: () => firefox.close(),
  };
}

export type PlayerName = "hls.js" | "shaka";

/** The ways in which a packaged title is played. */
export const PLAYERS = [
  { player: "hls.js", manifest: "main.m3u8" },
  { player: "shaka", manifest: "main.m3u8" },
  { player: "shaka", manifest: "manifest.mpd" },
] as const;

/** A licence server of Clear Key, or the keys themselves by their ids; with neither a player finds them by itself. */
export interface PlayerKeys {
  licenceUrl?: string;
  clearKeys?: Record<string, string>;
}

/** What the page saw when it had played to the end. */
export interface Played {
  errors: string[];
  waits: number;
  ended: boolean;
  time: number;
  duration: number;
  width: number;
  /** For how long the time stood still while it should have run, milliseconds. */
  longestStallMs: number;
}

/** Where a picture carries its number, in parts of it. */
export interface NumberBlocks {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** A page with a title loaded in one of the players. */
export class PlayerPage {
  readonly #page: Tab;
  private constructor(page: Tab) {
    this.#page = page;
  }

  /**
   * `manifest` is a URL, or a path of the site; `keys` are what the player is told of an encrypted title. Throws what the
   * player says when it can't load it.
   */
  static async open(
    browser: Tabs,
    site: string,
    player: PlayerName,
    manifest: string,
    keys?: PlayerKeys,
  ): Promise<PlayerPage> {
    const page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(`${site}/player.html`);
    await page.waitForFunction("typeof window.load === 'function'");
    const opened = new PlayerPage(page);
    await opened.#call("load", player, new URL(manifest, `${site}/`).href, keys).catch(async (error: unknown) => {
      await page.close();
      throw error;
    });
    return opened;
  }

  buffered = (seconds: number) => this.#call("buffered", seconds);
  seek = (seconds: number) => this.#call("seek", seconds);
  start = () => this.#call("start");
  pause = () => this.#call("pause");
  playThrough = (rate: number) => this.#call<Played>("playThrough", rate);
  time = () => this.#call<number>("time");
  showSubtitles = (language: string) => this.#call("showSubtitles", language);
  subtitlesAt = (seconds: number) => this.#call<string[]>("subtitlesAt", seconds);
  setRate = (rate: number) => this.#call("setRate", rate);
  soundBytes = () => this.#call<number>("soundBytes");
  switchTo = (height: number) => this.#call<Pick<Played, "time" | "longestStallMs">>("switchTo", height);
  /** The number in the picture that a seek leads to. */
  numberAt = (seconds: number, blocks: NumberBlocks) => this.#call<number>("numberAt", seconds, blocks);
  numbersShown = (count: number, blocks: NumberBlocks) =>
    this.#call<{ time: number; number: number }[]>("numbersShown", count, blocks);
  numberInImage = (url: string, blocks: NumberBlocks, part?: readonly number[]) =>
    this.#call<number>("numberInImage", url, blocks, part);
  seen = () => this.#page.evaluate<Pick<Played, "errors" | "ended">>("window.seen");
  close = () => this.#page.close();

  /** Resolves when so much of the title has been played. */
  async passed(seconds: number): Promise<void> {
    await this.#page.waitForFunction(`window.time() >= ${seconds}`);
  }

  async ended(): Promise<void> {
    await this.#page.waitForFunction("window.seen.ended");
  }

  /** Calls a function of the page; a page that never answers is an error that says what it had seen. */
  async #call<T = void>(name: string, ...args: unknown[]): Promise<T> {
    const answer = this.#page.evaluate<T>(
      `window.${name}(${args.map((arg) => JSON.stringify(arg) ?? "undefined").join(", ")})`,
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(async () => {
        const state = "JSON.stringify({...window.seen, time: document.querySelector('video').currentTime})";
        reject(new Error(`${name}(${args}) did not end: ${await this.#page.evaluate(state)}`));
      }, 30_000);
    });
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  }
}
