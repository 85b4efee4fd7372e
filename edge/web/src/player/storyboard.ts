/** A picture of the scrubber: part of a sprite. */
export interface Tile {
  readonly from: number;
  readonly to: number;
  readonly url: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const times = /^((?:\d+:)?\d{2}:\d{2}\.\d{3}) --> ((?:\d+:)?\d{2}:\d{2}\.\d{3})/;

/** The cues of a storyboard: WebVTT whose text is a sprite's address with `#xywh=` (Media Fragments §4.2.2). */
export function parseStoryboard(text: string, base: string): Tile[] {
  return text.split(/\r?\n\r?\n/).flatMap((block) => {
    const lines = block.split(/\r?\n/);
    const at = lines.findIndex((line) => times.test(line));
    const [, from = "", to = ""] = times.exec(lines[at] ?? "") ?? [];
    const [file, fragment] = (lines[at + 1] ?? "").split("#xywh=");
    const [x, y, width, height] = (fragment ?? "").split(",").map(Number);
    if (at === -1 || !file || x === undefined || y === undefined || !width || !height) return [];
    return [{ from: secondsOf(from), to: secondsOf(to), url: new URL(file, base).href, x, y, width, height }];
  });
}

function secondsOf(time: string): number {
  return time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

export function tileAt(tiles: readonly Tile[], seconds: number): Tile | undefined {
  return tiles.find(({ from, to }) => seconds >= from && seconds < to) ?? tiles.at(-1);
}
