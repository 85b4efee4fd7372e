import type { VideoStream } from "@reelway/shared/contracts/media-info";
import type { SpriteLayout } from "../../ffmpeg/arguments/stills.ts";
import { tileSize } from "../thumbnails.ts";

/** Tiles of a title at most, and how near two of them may lie, seconds. */
const tilesMax = 100;
const nearestSeconds = 0.5;
/** Pixels: what a scrubber shows, and what fits one sheet. */
const tileWidth = 320;
const columnsMax = 5;
const rowsMax = 5;

/** Tiles at even times: tile k of n stands for the k-th of n equal parts of the title, whatever the title's length. */
export function boardOf(stream: VideoStream, durationSeconds: number): SpriteLayout {
  const tiles = Math.max(1, Math.min(tilesMax, Math.floor(durationSeconds / nearestSeconds)));
  const columns = Math.min(columnsMax, tiles);
  return {
    tile: tileSize(stream, Math.min(tileWidth, stream.width)),
    columns,
    rows: Math.min(rowsMax, Math.ceil(tiles / columns)),
    tiles,
    intervalSeconds: durationSeconds / tiles,
    format: "jpeg",
    pattern: "sprite-%03d.jpg",
  };
}

/** The file of a tile, counted from 0, and of all of them. */
export function tileFile(place: number): string {
  return `tiles/${String(place + 1).padStart(4, "0")}.jpg`;
}
export const tilePattern = "tiles/%04d.jpg";
