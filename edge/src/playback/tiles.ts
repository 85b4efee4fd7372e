import type { RegionId } from "@reelway/shared/regions";
import type { Env } from "../env.ts";
import { withBucket } from "../storage/bucket.ts";
import type { PartPlace } from "../store/titles.ts";
import { Remembered } from "./remembered.ts";

const storyboardFile = "storyboard.vtt";
/** When the cues of storyboards begin, in seconds, by storage key: they never change. */
const cueStarts = new Remembered<readonly number[]>(200);
const rememberMs = 3_600_000;
const cueTiming = /^(?:(\d{2,}):)?(\d{2}):(\d{2})\.(\d{3}) +-->/gm;

/** The name of the picture of a second: the storyboard has a cue for each. The last one for what lies behind it; null for none. */
export async function tileAt(
  env: Env,
  region: RegionId,
  { prefix, files }: PartPlace,
  seconds: number,
): Promise<string | null> {
  if (!files.includes(storyboardFile)) return null;
  const starts = await cueStartsOf(env, region, prefix + storyboardFile);
  const number = Math.max(1, starts.filter((start) => start <= seconds).length);
  const name = `tiles/${String(number).padStart(4, "0")}.jpg`;
  return files.includes(name) ? name : null;
}

async function cueStartsOf(env: Env, region: RegionId, key: string): Promise<readonly number[]> {
  const known = cueStarts.get(key);
  if (known !== undefined) return known;
  const object = await withBucket(env, region, (bucket) => bucket.get(key));
  if (!object) return [];
  const starts = startsIn(await object.text());
  cueStarts.set(key, starts, rememberMs);
  return starts;
}

/** When each cue of a WebVTT file begins, in seconds. */
function startsIn(text: string): number[] {
  return [...text.matchAll(cueTiming)].map(([, hours = "0", minutes, seconds, thousandths]) => {
    return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds) + Number(thousandths) / 1_000;
  });
}
