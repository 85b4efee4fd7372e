import { RenditionId } from "@reelway/shared/contracts/stream-plan";
import { z } from "zod";

/** Everything that a player may ask for, by the names that the engine and the runners give. Nothing else has a path. */

const segment = /^seg-([0-9]{5,6})\.(m4s|vtt)$/;

/** In the title's own folder. */
export const TitleFile = z
  .string()
  .max(60)
  .regex(/^(main\.m3u8|manifest\.mpd|poster\.jpg|storyboard\.vtt|(sprite|storyboard)(-[0-9]{1,5})?\.jpg)$/);

/** In a rendition's folder, or that of the tiles. */
export const FolderFile = z
  .string()
  .max(60)
  .regex(/^((playlist|iframes)\.m3u8|init\.mp4|subtitles\.vtt|seg-[0-9]{5,6}\.(m4s|vtt)|[0-9]{4,5}\.jpg)$/);

export const Folder = z.union([RenditionId, z.literal("tiles")]);

/** The number of a segment of pictures or sound; null for any other file. */
export function segmentNumber(file: string): number | null {
  const [, number] = segment.exec(file) ?? [];
  return number === undefined ? null : Number(number);
}

export function isPlaylist(name: string): boolean {
  return name.endsWith(".m3u8") || name.endsWith(".mpd");
}

const types: Readonly<Record<string, string>> = {
  m3u8: "application/vnd.apple.mpegurl",
  mpd: "application/dash+xml",
  vtt: "text/vtt; charset=utf-8",
  jpg: "image/jpeg",
};

/** By our own names, never by what was stored with an object. */
export function playedType(name: string): string {
  const extension = name.slice(name.lastIndexOf(".") + 1);
  return types[extension] ?? (name.startsWith("audio-") ? "audio/mp4" : "video/mp4");
}

/** Every type that a player may be given, without parameters. */
export const playedTypes: readonly string[] = [
  ...Object.values(types).map((type) => type.replace(/;.*/, "")),
  "video/mp4",
  "audio/mp4",
];
