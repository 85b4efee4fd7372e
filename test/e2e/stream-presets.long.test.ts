import { execFileSync } from "node:child_process";
import type { JobPlan } from "@reelway/shared/contracts/job-plan";
import type { StreamCodec } from "@reelway/shared/contracts/stream-spec";
import { presets } from "@reelway/shared/presets/catalogue";
import { folderOfFile } from "@reelway/shared/testing/temporary-folder";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildEngine } from "../../runner/test/support/build-engine.ts";
import { hugeHdrFilm, shortHdrFilm } from "../support/clips.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { convert } from "./convert.ts";
import { fetchTitle, type Title } from "./equality/title.ts";

/** The presets that make streams, each from a small film and from one that is larger than any of them goes. */

const folder = folderOfFile("stream-presets");
/** Short sides of a default ladder, pixels. */
const sizes = [2_160, 1_440, 1_080, 720, 540, 360];

/** What ffprobe must find of a stream of HDR10, by its codec. */
const pictures: Readonly<Partial<Record<StreamCodec, object>>> = {
  h264: {
    ...{ codec_name: "h264", codec_tag_string: "avc1", profile: "High", pix_fmt: "yuv420p" },
    ...{ color_primaries: "bt709", color_transfer: "bt709", color_space: "bt709" },
  },
  h265: {
    ...{ codec_name: "hevc", codec_tag_string: "hvc1", profile: "Main 10", pix_fmt: "yuv420p10le" },
    ...{ color_primaries: "bt2020", color_transfer: "smpte2084", color_space: "bt2020nc" },
  },
  av1: {
    ...{ codec_name: "av1", codec_tag_string: "av01", profile: "Main", pix_fmt: "yuv420p10le" },
    ...{ color_primaries: "bt2020", color_transfer: "smpte2084", color_space: "bt2020nc" },
  },
};
const isSdr = (codec: StreamCodec) => codec === "h264";

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
  // An encoder of 4K looks at many pictures before it gives the first, which is no stall where others have the cores.
  await stack.startRunner({ env: { ENGINE_PATH: buildEngine(), STALL_TIMEOUT: "240" } });
}, 900_000);
afterAll(() => stack?.stop());

const ofStreams = presets.flatMap(({ name, spec }) => (spec.kind === "stream" ? [{ name, ...spec.video }] : []));

describe.each(ofStreams)("$name", ({ name, codec, shortSideMax = Number.POSITIVE_INFINITY }) => {
  const expected = pictures[codec];
  if (!expected) throw new Error(`say here what a stream in ${codec} is to ffprobe: ${name}`);

  test("makes of a small film in HDR10 its own size and smaller ones, with its sound", async () => {
    const { title, main } = await made(shortHdrFilm(), name);
    expect(title.plan.whole).toBeNull();
    expect(renditionsOf(title.plan)).toEqual(["960x540", "640x360"]);
    for (const { path } of title.video)
      expect(decodedPicture(path)).toMatchObject({ ...expected, nb_read_frames: "72" });
    // What the film's display was is said where the colours are kept, and its codec has a word for it.
    if (codec === "h265")
      for (const { path } of title.video)
        expect(hdr10Of(path)).toEqual(["Mastering display metadata", "Content light level metadata"]);
    expect(main.match(/VIDEO-RANGE=\w+/g)).toEqual(
      Array.from({ length: 4 }, () => `VIDEO-RANGE=${isSdr(codec) ? "SDR" : "PQ"}`),
    );

    expect(title.plan.audio).toMatchObject([{ codec: "aac", channels: 2, bitrateKbps: 128 }]);
    const [sound] = title.audio;
    expect(decodedSound(sound?.path ?? "")).toMatchObject({
      ...{ codec_name: "aac", profile: "LC", sample_rate: "48000", channels: 2 },
      // Three seconds, and the frame that an encoder of AAC begins with.
      nb_read_frames: String(Math.ceil((3 * 48_000) / 1_024) + 1),
    });
  });

  test("makes of a film of more than 4K its largest size and all below it, and nothing larger", async () => {
    const { title, main } = await made(hugeHdrFilm(), name);
    const wanted = sizes.filter((side) => side <= shortSideMax).map((side) => `${(side * 16) / 9}x${side}`);
    expect(renditionsOf(title.plan)).toEqual(wanted);
    expect([...new Set(main.match(/(?<=RESOLUTION=)\d+x\d+/g))]).toEqual(wanted);
    for (const [place, { path }] of title.video.entries()) {
      const [width, height] = (wanted[place] ?? "").split("x").map(Number);
      expect(decodedPicture(path)).toMatchObject({ ...expected, width, height, nb_read_frames: "2" });
    }
  });
});

async function made(path: string, preset: string): Promise<{ title: Title; main: string }> {
  const { id } = await convert(stack.client, path, { preset });
  const { hls } = await stack.client.jobs.playback(id);
  const main = await (await fetch(hls)).text();
  return { title: await fetchTitle(stack.client, id, folder), main };
}

function renditionsOf({ video }: JobPlan): string[] {
  return video?.renditions.map(({ width, height }) => `${width}x${height}`) ?? [];
}

/** All of a file is decoded; a stream that is not there is none. */
function decoded(path: string, kind: "v" | "a"): object {
  const args = ["-v", "error", "-count_frames", "-select_streams", kind, "-show_streams", "-of", "json", path];
  const { streams } = JSON.parse(execFileSync("ffprobe", args, { encoding: "utf8" })) as { streams: object[] };
  return streams[0] ?? {};
}
const decodedPicture = (path: string) => decoded(path, "v");
const decodedSound = (path: string) => decoded(path, "a");

/** What the first picture says of the display that it was made on, and of its light. */
function hdr10Of(path: string): string[] {
  const args = ["-v", "error", "-select_streams", "v", "-read_intervals", "%+#1", "-show_frames", "-of", "json", path];
  const text = execFileSync("ffprobe", args, { encoding: "utf8" });
  const { frames } = JSON.parse(text) as { frames: { side_data_list?: { side_data_type: string }[] }[] };
  return (frames[0]?.side_data_list ?? [])
    .map(({ side_data_type }) => side_data_type)
    .filter((type) => /metadata/.test(type));
}
