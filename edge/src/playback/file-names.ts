import { RenditionId } from "@reelway/shared/contracts/stream-plan";
import { z } from "zod";
import { typeOfFile, withoutParameters } from "../storage/file-types.ts";

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

/** By our own names, never by what was stored with an object. */
export function playedType(name: string): string {
  const type = typeOfFile(name);
  return type === "video/mp4" && name.startsWith("audio-") ? "audio/mp4" : type;
}

/** Every type that a player may be given, without parameters. */
export const playedTypes: readonly string[] = [
  "main.m3u8",
  "manifest.mpd",
  "subtitles.vtt",
  "poster.jpg",
  "video-1/init.mp4",
  "audio-1/init.mp4",
].map((name) => withoutParameters(playedType(name)));
