import { describe, expect, it } from "vitest";
import { smallPicture } from "../../src/ffmpeg/arguments/small-pictures.ts";
import { leastLikeness, likeness, likenessWithin, smallPicturesIn } from "../../src/ffmpeg/likeness.ts";

const { width, height, bytes } = smallPicture;
type Pixel = readonly [light: number, u: number, v: number];

/** A small picture by what its pixels are. */
function picture(pixel: (x: number, y: number) => Pixel): Uint8Array {
  const plane = width * height;
  const made = new Uint8Array(bytes);
  for (let at = 0; at < plane; at++) {
    const [light, u, v] = pixel(at % width, Math.floor(at / width));
    for (const [place, value] of [light, u, v].entries()) made[at + place * plane] = Math.round(value);
  }
  return made;
}

const wave = (x: number, y: number) => 30 + (120 * y) / height + 60 * Math.sin(x / 14 + y / 40);
const scene = picture((x, y) => [wave(x, y), 108, 150]);
const flat = (...pixel: Pixel) => picture(() => pixel);
const black = flat(16, 128, 128);
/** The same every time. */
const grain = (x: number, y: number) => ((x * 7_919 + y * 104_729) % 17) - 8;

describe("likeness", () => {
  it.each<[string, Uint8Array, Uint8Array]>([
    ["itself", scene, scene],
    ["black", black, black],
    ["what is left of it at the lowest rate", picture((x, y) => [wave(8 * Math.floor(x / 8) + 4, y), 112, 146]), scene],
    ["itself behind grain", picture((x, y) => [wave(x, y) + grain(x, y), 108, 150]), scene],
    ["itself in another light", picture((x, y) => [16 + (wave(x, y) - 16) * 0.8, 111, 146]), scene],
    ["black with some grain", picture((x, y) => [17 + Math.abs(grain(x, y)) / 4, 128, 128]), black],
  ])("is high of a picture and %s", (_, made, given) => expect(likeness(made, given)).toBeGreaterThan(0.85));

  it.each<[string, Uint8Array, Uint8Array]>([
    ["a surface that nobody wrote to", flat(0, 0, 0), scene],
    ["grey", flat(126, 128, 128), scene],
    ["grey, where it is black", flat(126, 128, 128), black],
    ["green, where it is black", flat(0, 0, 0), black],
    ["itself upside down", picture((x, y) => [wave(x, height - 1 - y), 108, 150]), scene],
    ["itself, shifted by half", picture((x, y) => [wave((x + width / 2) % width, y), 108, 150]), scene],
    ["its negative", picture((x, y) => [251 - wave(x, y), 148, 106]), scene],
    ["itself with its colours swapped", picture((x, y) => [wave(x, y), 150, 108]), scene],
    ["itself with half of it green", picture((x, y) => (y < 27 ? [wave(x, y), 108, 150] : [0, 0, 0])), scene],
  ])("is low of a picture and %s", (_, made, given) => expect(likeness(made, given)).toBeLessThan(leastLikeness));

  it("is that of the most alike of several, wherever it stands", () => {
    const others = [black, flat(126, 128, 128)];
    expect(likenessWithin(scene, [...others, scene])).toBe(1);
    expect(likenessWithin(scene, others)).toBeLessThan(leastLikeness);
  });

  it("reads whole pictures, and leaves what is not one", () => {
    const file = Buffer.concat([scene, black, scene.subarray(0, 100)]);
    expect(smallPicturesIn(file).map((one) => one.length)).toEqual([bytes, bytes]);
    expect(smallPicturesIn(new Uint8Array())).toEqual([]);
  });
});
