import { execa } from "execa";
import { describe, expect, it } from "vitest";
import type { Depth } from "../../src/ffmpeg/arguments/devices/device.ts";
import type { ColorTag } from "../../src/ffmpeg/arguments/devices/family.ts";
import { filterText, knownOptions } from "../../src/ffmpeg/arguments/devices/known.ts";
import { vulkan } from "../../src/ffmpeg/arguments/devices/vulkan.ts";
import { deviceFaultIn } from "../../src/hardware/device-faults.ts";
import { readVocabulary } from "../../src/hardware/device-help.ts";
import { encodesByVulkan, listVulkanCards } from "../../src/hardware/list-vulkan-cards.ts";
import { intentsOf } from "../ffmpeg/devices/intents.ts";
import { ffmpegPath, tools } from "../media-tools.ts";
import { testDirectory } from "../support/directory.ts";
import { bareProofRoom } from "../support/proof-place.ts";

/** A card, or Mesa's driver that does a card's work on cores (mesa-vulkan-drivers): it has no encoders, and all the filters. */
const [card] = await listVulkanCards(tools, { room: bareProofRoom, timeoutMs: 20_000 });
const vocabulary = await readVocabulary(ffmpegPath, [vulkan]);
const pictures = (size: string) => ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=25:duration=0.12`];

it("is asked for no cards where it encodes nothing", async () => {
  const older = { ...tools, ffmpegPath: "/no/such/ffmpeg", knows: () => false };
  expect(await listVulkanCards(older, { room: bareProofRoom, timeoutMs: 20_000 })).toEqual([]);
});

describe.skipIf(card === undefined)("on a card that Vulkan finds here", () => {
  const open = vulkan.open({ address: String(card?.index) });

  /** How near pictures that went through these filters on the device are to those that went through memory, dB of luma. */
  async function likeness(source: readonly string[], depth: Depth, onDevice: string, inMemory: string) {
    const [made, wanted] = [`${await testDirectory()}/made.mkv`, `${await testDirectory()}/wanted.mkv`];
    const format = `format=${vulkan.worked[depth]}`;
    const raw = ["-pix_fmt", depth === 10 ? "yuv420p10le" : "yuv420p", "-c:v", "ffv1", "-y"];
    const quiet = ["-nostdin", "-v", "error"];
    const up = [format, "hwupload", onDevice, "hwdownload", format].join(",");
    await execa(ffmpegPath, [...quiet, ...open, ...source, "-vf", up, ...raw, made], { timeout: 110_000 });
    await execa(ffmpegPath, [...quiet, ...source, "-vf", `${format},${inMemory},${format}`, ...raw, wanted]);
    // Told apart by their samples alone: tags that differ would be brought to one.
    const plain = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv";
    const compare = `[0:v]${plain}[a];[1:v]${plain}[b];[a][b]psnr`;
    const both = ["-nostdin", "-i", made, "-i", wanted, "-lavfi", compare, "-f", "null", "-"];
    const { stderr } = await execa(ffmpegPath, both);
    const luma = /PSNR y:(\S+)/.exec(stderr)?.[1];
    return luma === "inf" ? Number.POSITIVE_INFINITY : Number(luma);
  }

  const [scale, pad] = [vulkan.filters.scale[0], vulkan.filters.pad[0]];
  const untold: readonly ColorTag[] = ["color_primaries", "color_trc", "colorspace"];

  it.each([8, 10] as const)(
    "scales pictures of %i bits as memory does, and guesses no colours",
    async (depth) => {
      const size = { width: 640, height: 360 };
      const filters = filterText(scale?.write({ size, format: vulkan.worked[depth], untold }) ?? [], vocabulary).join(
        ",",
      );
      expect(await likeness(pictures("1280x720"), depth, filters, "scale=640:360:flags=bicubic")).toBeGreaterThan(42);
    },
    240_000,
  );

  it("sets pictures between bars as memory does", async () => {
    const filters = filterText(pad?.write({ size: { width: 640, height: 640 }, untold }) ?? [], vocabulary).join(",");
    expect(await likeness(pictures("640x360"), 8, filters, "pad=640:640:(ow-iw)/2:(oh-ih)/2:black")).toBeGreaterThan(
      42,
    );
  }, 240_000);

  it.each([
    [90, "transpose=clock"],
    [180, "hflip,vflip"],
    [270, "transpose=cclock"],
  ] as const)(
    "turns pictures by %i degrees as memory does",
    async (turn, inMemory) => {
      const filters = filterText(vulkan.filters.turn[0]?.write({ turn, untold }) ?? [], vocabulary).join(",");
      expect(await likeness(pictures("800x450"), 8, filters, inMemory)).toBeGreaterThan(42);
    },
    240_000,
  );

  it("makes fields whole as memory does", async () => {
    const fields = "testsrc2=size=640x480:rate=50:duration=0.2,tinterlace=interleave_top,setfield=tff";
    const source = ["-f", "lavfi", "-i", fields];
    const filters = filterText(vulkan.filters.deinterlace[0]?.write({}) ?? [], vocabulary).join(",");
    const inMemory = "bwdif=mode=send_frame:deint=interlaced";
    expect(await likeness(source, 8, filters, inMemory)).toBeGreaterThan(42);
    expect(await likeness(source, 8, "null", inMemory)).toBeLessThan(42);
  }, 240_000);

  it.each(vulkan.encoders)(
    "is understood by $name, or told why not",
    async (encoder) => {
      for (const variant of encoder.variants)
        for (const [, intent] of intentsOf(encoder)) {
          const options = knownOptions(encoder.name, encoder.options(intent, variant), vocabulary);
          const up = `format=${vulkan.worked[intent.depth]},hwupload`;
          const args = [
            ...open,
            ...pictures("640x360"),
            "-vf",
            up,
            "-c:v",
            encoder.name,
            ...options,
            "-f",
            "null",
            "-",
          ];
          const { exitCode, stderr } = await execa(ffmpegPath, ["-nostdin", "-v", "error", ...args], { reject: false });
          if (exitCode !== 0) expect(deviceFaultIn(stderr), stderr).toMatchObject({ kind: "unsupported" });
        }
    },
    240_000,
  );
});

it("is what an ffmpeg with its encoders has", () => {
  expect(encodesByVulkan(tools)).toBe(tools.knows("encoder", "h264_vulkan"));
});
