import type { Size } from "../ffmpeg/arguments/geometry.ts";

export interface Storyboard {
  readonly sheets: readonly string[];
  readonly tile: Size;
  readonly columns: number;
  readonly rows: number;
  readonly tiles: number;
  readonly intervalSeconds: number;
  readonly durationSeconds: number;
}

/**
 * A WebVTT file whose cues point into sprite sheets by media fragments (`#xywh=`, W3C Media Fragments §4.2.2), as players
 * read it for previews.
 */
export function storyboard(board: Storyboard): string {
  const { tile, columns, rows, intervalSeconds, durationSeconds } = board;
  const cues = Array.from({ length: board.tiles }, (_, index) => {
    const sheet = board.sheets[Math.floor(index / (columns * rows))];
    const place = index % (columns * rows);
    const x = (place % columns) * tile.width;
    const y = Math.floor(place / columns) * tile.height;
    const end = index === board.tiles - 1 ? durationSeconds : (index + 1) * intervalSeconds;
    return `${timestamp(index * intervalSeconds)} --> ${timestamp(end)}\n${sheet}#xywh=${x},${y},${tile.width},${tile.height}\n`;
  });
  return ["WEBVTT\n", ...cues].join("\n");
}

/** As WebVTT writes times: `01:02:03.004`. */
export function timestamp(seconds: number): string {
  const milliseconds = Math.round(seconds * 1_000);
  const part = (value: number, digits: number) => String(Math.floor(value)).padStart(digits, "0");
  const hours = part(milliseconds / 3_600_000, 2);
  const minutes = part((milliseconds / 60_000) % 60, 2);
  return `${hours}:${minutes}:${part((milliseconds / 1_000) % 60, 2)}.${part(milliseconds % 1_000, 3)}`;
}
