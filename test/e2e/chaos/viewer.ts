/** When the control plane is away, by whoever stops it: requests without an answer are no fault then. */
export interface Outages {
  isOn: boolean;
  /** How many there have been. */
  count: number;
}

const listsAtMost = 20;
const answerWithinMs = 60_000;

/**
 * Someone who watches a title while it is made: asks for all its media playlists again and again, and for each segment
 * as soon as it is listed. What must never happen to a viewer is kept in `faults`.
 */
export class Viewer {
  readonly #main: string;
  readonly #outages: Readonly<Outages>;
  readonly #lists = new Map<string, string[]>();
  readonly #media = new Set<string>();
  readonly faults: string[] = [];
  #looks = 0;
  #steps = 0;

  constructor(main: string, outages: Readonly<Outages>) {
    this.#main = main;
    this.#outages = outages;
  }

  /** Names of the playlists that `main.m3u8` leads to. */
  get playlists(): string[] {
    return [...this.#lists.keys()].sort();
  }

  /** Looks at every playlist, with an answer. */
  get looks(): number {
    return this.#looks;
  }

  /** How often a playlist had grown since the look before. */
  get steps(): number {
    return this.#steps;
  }

  /** Segments and init segments that were listed so far, with their folders. */
  get listed(): string[] {
    const names = [...this.#lists].flatMap(([list, lines]) => uris(lines).map((name) => `${folderOf(list)}${name}`));
    return [...new Set(names)];
  }

  /** One look at everything. Says whether all playlists have come to their end. */
  async look(): Promise<boolean> {
    const main = await this.#ask(this.#main);
    if (main === null) return false;
    const names = [...new Set([...uris(main.split("\n")), ...this.#lists.keys()])];
    if (names.length > listsAtMost) throw new Error(`main.m3u8 lists ${names.length} playlists`);
    const ends = await Promise.all(names.map((name) => this.#lookAt(name)));
    this.#looks += 1;
    return ends.length > 0 && ends.every(Boolean);
  }

  /** Asks for everything that was ever listed, once more. */
  async lookAgain(): Promise<void> {
    this.#media.clear();
    await this.look();
  }

  async #lookAt(name: string): Promise<boolean> {
    const url = new URL(name, this.#main).href;
    const text = await this.#ask(url);
    if (text === null) return false;
    const lines = text.split("\n").filter((line) => line !== "");
    const said = whatHolds(lines);
    const before = this.#lists.get(name) ?? [];
    const unsaid = before.find((line, place) => said[place] !== line);
    if (unsaid !== undefined) this.faults.push(`${name} no longer says what it said: ${unsaid}`);
    if (said.length > before.length) this.#steps += 1;
    this.#lists.set(name, said);
    for (const segment of uris(said)) await this.#fetchOnce(new URL(segment, url).href);
    return lines.includes("#EXT-X-ENDLIST");
  }

  async #fetchOnce(url: string): Promise<void> {
    if (this.#media.has(url)) return;
    if ((await this.#ask(url)) !== null) this.#media.add(url);
  }

  /** The answer's text; null without one, which is a fault unless the control plane is away. */
  async #ask(url: string): Promise<string | null> {
    const before = { ...this.#outages };
    const answer = await fetch(url, { signal: AbortSignal.timeout(answerWithinMs) }).catch(() => null);
    const text = await answer?.text().catch(() => null);
    if (answer?.status === 200 && typeof text === "string") return text;
    const isAway = before.isOn || this.#outages.count > before.count;
    const isRefused = answer !== null && answer.status >= 400 && answer.status < 500;
    if (isRefused || !isAway) {
      const path = new URL(url).pathname.split("/").slice(-2).join("/");
      this.faults.push(`${path}: ${answer === null ? "no answer" : `${answer.status} ${text ?? ""}`}`);
    }
    return null;
  }
}

function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf("/") + 1);
}

/** The lines of a growing list that must stand for ever: not those that say whether it grows. */
function whatHolds(lines: readonly string[]): string[] {
  return lines.filter((line) => !/^#EXT-X-(PLAYLIST-TYPE|START|ENDLIST)/.test(line));
}

/** What is listed, init segments and lists of other media included. */
function uris(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    if (line !== "" && !line.startsWith("#")) return [line];
    const [, uri] = /^#EXT-X-(?:MAP|MEDIA|I-FRAME-STREAM-INF):.*URI="([^"]+)"/.exec(line) ?? [];
    return uri === undefined ? [] : [uri];
  });
}
