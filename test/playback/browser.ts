import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

/** Chromium, from `CHROMIUM_PATH` or where Debian puts it. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    throw new Error(`no ${executablePath}: install it with apt-get install chromium, or name another by CHROMIUM_PATH`);
  }
  const args = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required", "--mute-audio"];
  return chromium.launch({ executablePath, args });
}

export type PlayerName = "hls.js" | "shaka";

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
  readonly #page: Page;
  private constructor(page: Page) {
    this.#page = page;
  }

  /**
   * `manifest` is a URL, or a path of the site; `keys` are what the player is told of an encrypted title. Throws what the
   * player says when it can't load it.
   */
  static async open(
    browser: Browser,
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
