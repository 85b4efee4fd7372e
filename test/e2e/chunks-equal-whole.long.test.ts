import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { ended, oneThread, submit } from "./convert.ts";
import { withOneKeyFrame } from "./equality/one-key-frame.ts";
import { comparePictures, pictureTimes, shownSpan } from "./equality/pictures.ts";
import { difference, encodedPlainly, lags, samplesOf } from "./equality/sound.ts";
import { type Source, sources } from "./equality/sources.ts";
import { fetchTitle, type Rendition, type Title } from "./equality/title.ts";

/** Each film is made twice by the same spec: cut into chunks, and as one task from a copy that can't be cut. */

const all = process.env.REELWAY_ALL_CLIPS === "1";
const films = sources(all);
const AAC_FRAME = 1_024;
/** Least likeness of two encodes of one picture, decibels. */
const WORST_PSNR = 22;
const SSIM_APART = 0.005;
/** Of 1, by which the bytes of both may differ: twice what was seen, from -3.8 to +3.5 %. */
const BYTES_APART = 0.08;
/** What the sound of two encodes may differ by, of 1: rounding. */
const INAUDIBLE = 1e-4;
/** Seconds: a tick of 1/600 is the coarsest of clocks. */
const SAME_TIME = 0.002;

const engine = buildEngine();
const folder = folderOfFile("equality");
type Span = ReturnType<typeof shownSpan>;

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
  const env = { ENGINE_PATH: engine, ...oneThread };
  await Promise.all([1, 2, 3].map(() => stack.startRunner({ env })));
}, 900_000);
afterAll(() => stack?.stop());

/** The title that comes of a file. */
async function made(path: string, { codec }: Source): Promise<Title> {
  const job = await submit(stack.client, path, {
    spec: {
      kind: "stream",
      video: { codec, ladder: [{ shortSide: 180 }, { shortSide: 144 }], speed: "fast" },
      chunkSeconds: 8,
      thumbnails: false,
    },
  });
  const { state, error } = await ended(stack.client, job.id);
  if (state !== "succeeded") throw new Error(`${path}: ${state}: ${JSON.stringify(error)}`);
  return fetchTitle(stack.client, job.id, folder);
}

describe.each(films)("$name", (film) => {
  let chunked: Title;
  let whole: Title;
  beforeAll(
    async () => {
      [chunked, whole] = await Promise.all([made(film.path(), film), made(withOneKeyFrame(film.path(), folder), film)]);
    },
    all ? 1_200_000 : 170_000,
  );

  test("the two ways were taken", () => {
    expect(chunked.plan.whole).toBeNull();
    if (chunked.plan.durationSeconds > 10) expect(chunked.plan.chunks.length).toBeGreaterThan(1);
    expect(whole.plan.whole?.code).toBe("one_key_frame");
  });

  test("the same pictures in the same order, as good as those of one encode", async () => {
    const times = await pictureTimes(film.path());
    for (const { rendition, pair } of pairs(chunked, whole, "video")) {
      const [ofChunks, ofWhole] = await Promise.all(pair.map(({ path }) => pictureTimes(path)));
      if (!ofChunks || !ofWhole) throw new Error("no times");
      expect([ofChunks.length, ofWhole.length]).toEqual([times.length, times.length]);
      expect(apart(ofChunks, ofWhole)).toBeLessThan(SAME_TIME);
      // Where an edit begins within a picture ffmpeg moves that picture to time 0, as the whole then has it.
      const spans = pair.map(({ path }) => shownSpan(engine, path)) as [Span, Span];
      for (const at of [0, 1] as const)
        expect(Math.abs(spans[0][at] - spans[1][at]), `${spans}`).toBeLessThan((times[1] ?? 0) - (times[0] ?? 0));
      const { width, height } = sizeOf(chunked, rendition);
      const pixelFormat = chunked.plan.video?.color.pixelFormat ?? "yuv420p";
      const paths = { chunked: pair[0].path, whole: pair[1].path, source: film.path() };
      const { worstPsnr, nearerToANeighbour, ssim } = await comparePictures(paths, { width, height, pixelFormat });
      const more = 100 * (pair[0].mediaBytes / pair[1].mediaBytes - 1);
      console.log(
        `${film.name}, ${rendition}: ${chunked.plan.chunks.length} chunks, ${ofChunks.length} pictures, ` +
          `PSNR between both at least ${worstPsnr.toFixed(1)} dB; SSIM to the source in chunks ${ssim.chunked.toFixed(4)}, ` +
          `as a whole ${ssim.whole.toFixed(4)}; ${more >= 0 ? "+" : ""}${more.toFixed(1)} % bytes`,
      );
      expect(worstPsnr).toBeGreaterThan(WORST_PSNR);
      expect(nearerToANeighbour).toBe(0);
      expect(Math.abs(ssim.chunked - ssim.whole)).toBeLessThan(SSIM_APART);
      expect(Math.abs(more) / 100, "as good at another size").toBeLessThan(BYTES_APART);
    }
  }, 600_000);

  test("sound without a gap, a click or a drift", async () => {
    for (const { rendition, pair } of pairs(chunked, whole, "audio")) {
      const planned = chunked.plan.audio.find(({ id }) => id === rendition);
      if (!planned) throw new Error(`the plan has no ${rendition}`);
      const sourceRate = chunked.plan.source.audio[planned.track]?.sampleRate ?? 0;
      const rate = [32_000, 44_100, 48_000].includes(sourceRate) ? sourceRate : 48_000;
      const original = { path: film.path(), track: planned.track };
      const plain = await encodedPlainly(original, planned, rate);
      const [ofChunks, ofWhole, ofPlain, ofSource] = await Promise.all(
        [...pair.map(({ path }) => ({ path, track: 0 })), plain, original].map((track) =>
          samplesOf(track, planned, rate),
        ),
      );
      if (!ofChunks || !ofWhole || !ofPlain || !ofSource) throw new Error("no samples");
      const late = lags(ofChunks, ofSource);
      const clicks = pair[0].borders.map((seconds) =>
        difference(ofChunks, ofPlain, (seconds - 0.05) * rate, (seconds + 0.05) * rate),
      );
      console.log(
        `${film.name}, ${rendition}: ${ofChunks.length} samples, of the source ${ofSource.length}; late by ${late.join(", ")}; ` +
          `other than the plain encode by ${difference(ofChunks, ofPlain)}, at ${clicks.length} borders by ${Math.max(...clicks)}`,
      );
      expect(Math.abs(ofChunks.length - ofSource.length)).toBeLessThanOrEqual(AAC_FRAME);
      expect(ofWhole.length).toBe(ofChunks.length);
      expect(Math.max(...late.map(Math.abs))).toBeLessThan(AAC_FRAME);
      expect(Math.max(...late) - Math.min(...late), "drift").toBeLessThan(AAC_FRAME);
      expect(difference(ofChunks, ofPlain)).toBeLessThan(INAUDIBLE);
      expect(difference(ofChunks, ofWhole)).toBeLessThan(INAUDIBLE);
    }
  }, 600_000);
});

/** Each rendition of the one kind with the same of the other. */
function pairs(
  chunked: Title,
  whole: Title,
  kind: "video" | "audio",
): { rendition: string; pair: readonly [Rendition, Rendition] }[] {
  expect(whole[kind].map(({ id }) => id)).toEqual(chunked[kind].map(({ id }) => id));
  return chunked[kind].flatMap((one) =>
    whole[kind].filter(({ id }) => id === one.id).map((other) => ({ rendition: one.id, pair: [one, other] as const })),
  );
}

function sizeOf({ plan }: Title, rendition: string): { width: number; height: number } {
  const size = plan.video?.renditions.find(({ id }) => id === rendition);
  if (!size) throw new Error(`the plan has no ${rendition}`);
  return size;
}

/** The most that two lists of times differ by, each counted from its first: ffprobe adds a delay of its own to each. */
function apart([first = 0, ...one]: readonly number[], [start = 0, ...other]: readonly number[]): number {
  return Math.max(...one.map((time, at) => Math.abs(time - first - ((other[at] ?? Number.NaN) - start))));
}
