import type { TranscodeSpec } from "@reelway/shared/contracts/transcode-spec";
import { pino } from "pino";
import { afterAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import type { ProvenDevice } from "../../src/ffmpeg/arguments/devices/device.ts";
import type { Vocabulary } from "../../src/ffmpeg/vocabulary.ts";
import { DeviceBreakers } from "../../src/hardware/device-breakers.ts";
import { complete } from "../ffmpeg/devices/proven-devices.ts";
import { fixture } from "../fixtures.ts";
import { failureOf, type RunOptions, runKind } from "../kinds/run-kind.ts";
import { tools } from "../media-tools.ts";
import { bareBox } from "../support/bare-box.ts";
import { deviceFfmpeg } from "./device-ffmpeg/device-ffmpeg.ts";
import { type Ending, endingsOf } from "./device-ffmpeg/script.ts";

const stand = await deviceFfmpeg(tools.ffmpegPath);
afterAll(stand.remove);

/** Of an ffmpeg that knows every word: the stand-in takes what belongs to a device away again. */
const everyWord: Vocabulary = { has: () => true, takes: () => true };
const addresses = { vaapi: "/dev/dri/renderD128", qsv: "/dev/dri/renderD128", amf: "0", videotoolbox: "", vulkan: "0" };
const spec: z.input<typeof TranscodeSpec> = {
  ...{ kind: "transcode", container: "mp4" },
  video: { codec: "h264", height: 180, speed: "fast" },
};

async function jobOn(device: ProvenDevice, failures: readonly object[], hardware: NonNullable<RunOptions["hardware"]>) {
  await stand.behave({ failures: failures as never });
  const devices = new DeviceBreakers({
    ...{ devices: [device], probe: async () => ({ passed: false, log: "" }), onChange: () => {} },
    ...{ restMs: 60_000, log: pino({ level: "silent" }) },
  });
  const host = { ...tools, ffmpegPath: stand.path, vocabulary: everyWord, devices: [device] };
  const run = runKind(spec, await fixture("long.mp4"), { hardware, tools: host, devices, box: bareBox });
  await run.catch(() => undefined);
  devices.close();
  return { run, devices };
}

/** Kinds of faults after which a device is not tried a second time. */
const grave = new Set(["driver", "permission", "gone"]);

const cases = Object.entries(endingsOf).flatMap(([family, endings]) =>
  endings.map((ending) => [family as keyof typeof endingsOf, ending.name, ending] as const),
);

describe.each(cases)("a job on %s that meets %s", (family, _, { kind, words, afterFrames }: Ending) => {
  const device = complete(family, addresses[family]);
  const encoder = `h264_${family}`;
  const failure = { when: encoder, words, ...(afterFrames !== undefined && { afterFrames }) };

  it("ends well in software, whole, and says what ran where", async () => {
    const { run, devices } = await jobOn(device, [failure], "prefer");
    const { ran, probed, encoder: used } = await run;
    expect(used).toBe("libx264");
    expect(ran?.[0]).toMatchObject({ device: `Test (${family}-test)`, encoder, outcome: "failed" });
    expect(words.join("\n")).toContain(ran?.[0]?.reason);
    expect(ran?.at(-1)).toMatchObject({ device: null, encoder: "libx264", outcome: "done" });
    // What may be the source's doing is tried once more without the device's decoder, where it has one.
    expect(ran).toHaveLength(kind === "unsupported" && device.decoders.length > 0 ? 3 : 2);
    expect((await probed("video.mp4")).durationSeconds).toBeGreaterThan(15);
    expect(devices.setAside().length > 0).toBe(grave.has(kind));
  });

  it("fails, to be tried elsewhere, where a device is required", async () => {
    const { run } = await jobOn(device, [{ when: encoder, words }], "require");
    expect(await failureOf(run)).toMatchObject({ code: "device_failed" });
  });
});

describe.each(Object.keys(endingsOf) as (keyof typeof endingsOf)[])(
  "a picture that changes in mid-run on %s",
  (family) => {
    const device = complete(family, addresses[family]);
    const words = [
      "[graph 0 input from stream 0:0 @ 0x5581] changing video frame properties on the fly is not supported by all filters",
      "Impossible to convert between the formats supported by the filter 'Parsed_setsar_1' and the filter 'auto_scale_0'",
      "Error reinitializing filters!",
      "Conversion failed!",
    ];

    it.skipIf(device.decoders.length === 0)("is decoded in memory, and encoded on the same device", async () => {
      const { run, devices } = await jobOn(
        device,
        [{ when: "hwaccel_output_format", words, afterFrames: 10 }],
        "require",
      );
      const { ran, encoder, probed } = await run;
      expect(encoder).toBe(`h264_${family}`);
      expect(ran).toMatchObject([
        { outcome: "failed", reason: expect.stringMatching(/^Impossible to convert/) },
        { outcome: "done" },
      ]);
      expect((await probed("video.mp4")).durationSeconds).toBeGreaterThan(15);
      expect(devices.setAside()).toEqual([]);
    });
  },
);
