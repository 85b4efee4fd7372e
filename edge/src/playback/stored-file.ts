import type { Env } from "../env.ts";
import { prefixOfSegment } from "../store/titles.ts";
import { isPlaylist, segmentNumber } from "./file-names.ts";
import { Remembered } from "./remembered.ts";
import type { PlayableTitle } from "./title.ts";

/** Where the chunks of titles lie, by plan and segment: it never changes. */
const chunkPrefixes = new Remembered<string>(20_000);
const chunkPrefixMs = 3_600_000;

/** The storage key of a file of the title, by its name in the title's folder; null where there is none yet. */
export async function keyOf(env: Env, title: PlayableTitle, name: string): Promise<string | null> {
  const prefix = await prefixOf(env, title, name);
  return prefix === null ? null : prefix + name;
}

async function prefixOf(env: Env, title: PlayableTitle, name: string): Promise<string | null> {
  const { parts, plan, finishPrefix } = title;
  const part = (named: string) => parts.get(named)?.prefix ?? null;
  const [folder = "", file] = name.split("/");
  if (isPlaylist(name)) return finishPrefix;
  if (file === undefined || folder === "tiles") return part("thumbnails");
  if (folder.startsWith("audio-")) return part("audio");
  if (folder.startsWith("subtitles-")) return part("subtitles");
  const number = segmentNumber(file);
  if (number !== null) return chunkPrefix(env, title, number);
  return plan.title.chunks > 0 ? plan.prefix : part("encode:whole");
}

async function chunkPrefix(env: Env, title: PlayableTitle, number: number): Promise<string | null> {
  const { jobId, planSha256, region } = title;
  const key = `${jobId} ${planSha256} ${region} ${number}`;
  const known = chunkPrefixes.get(key);
  if (known !== undefined) return known;
  const found = await prefixOfSegment(env, title, number);
  if (found !== null) chunkPrefixes.set(key, found, chunkPrefixMs);
  return found;
}
