import { describe, expect, it } from "vitest";
import { families } from "../../../src/ffmpeg/arguments/devices/families.ts";
import type { DeviceEncoder } from "../../../src/ffmpeg/arguments/devices/family.ts";
import { factorOn } from "../../../src/ffmpeg/arguments/encoders.ts";
import { intentsOf } from "./intents.ts";

describe.each(Object.entries(families))("%s", (name, { encoders }) => {
  it("asks each encoder so", async () => {
    const lines = encoders.flatMap((encoder) =>
      encoder.variants.flatMap((variant) => [
        `${encoder.name}, ${variant}`,
        ...intentsOf(encoder).map(
          ([wish, intent]) => `  ${wish}: ${encoder.options(intent, variant).flat().join(" ")}`,
        ),
        "",
      ]),
    );
    await expect(lines.join("\n")).toMatchFileSnapshot(`golden/${name}.options.txt`);
  });

  it("gives better pictures for more quality", () => {
    for (const { scale } of encoders) {
      const [low, high] = [factorOn(scale, 20), factorOn(scale, 90)];
      expect(Math.sign(high - low)).toBe(Math.sign(scale[1] - scale[0]));
      expect(high).not.toBe(low);
    }
  });

  it("closes every group of a chunk, and begins groups nowhere else", () => {
    for (const encoder of encoders)
      for (const [variant, intent] of chunksOf(encoder)) {
        const options = new Map(encoder.options(intent, variant));
        expect(options.get("-force_key_frames")).toBe("expr:eq(n,0)+eq(n,40)+eq(n,97)");
        expect(Number(options.get("-g"))).toBeGreaterThan(100_000);
        expect(Number(options.get("-maxrate")?.replace("k", ""))).toBe(6_000);
      }
  });
});

/** Each way of asking for a chunk with key frames where they come, in each depth. */
function chunksOf(encoder: DeviceEncoder) {
  const chunks = intentsOf(encoder).filter(([name]) => name.includes("where they come"));
  expect(chunks).toHaveLength(encoder.depths.length);
  return encoder.variants.flatMap((variant) => chunks.map(([, intent]) => [variant, intent] as const));
}
