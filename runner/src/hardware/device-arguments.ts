import { chainOf, chainText } from "../ffmpeg/arguments/devices/chain.ts";
import type { Depth, Device, FilterName, ProvenFormat } from "../ffmpeg/arguments/devices/device.ts";
import type { DeviceEncoder, DeviceFamily, Recipe, StepWishes } from "../ffmpeg/arguments/devices/family.ts";
import { filterText, knownOptions } from "../ffmpeg/arguments/devices/known.ts";
import { factorOn } from "../ffmpeg/arguments/encoders.ts";
import type { Vocabulary } from "../ffmpeg/vocabulary.ts";

/** A device that is tried, with the words that there are for it. */
export interface Candidate {
  readonly device: Device;
  readonly family: DeviceFamily;
  readonly vocabulary: Vocabulary;
}

const sizes = { small: "640x360", "4k": "3840x2160" } as const;

export function depthIn(format: ProvenFormat): Depth {
  return format.startsWith("10-") ? 10 : 8;
}

function sizeIn(format: ProvenFormat): string {
  return format.endsWith("4k") ? sizes["4k"] : sizes.small;
}

/** More than any pool of surfaces holds, so that one that runs empty shows; of large pictures as few as tell something. */
function secondsIn(format: ProvenFormat): number {
  return (format.endsWith("4k") ? 6 : 60) / 25;
}

/** Input options: pictures of this size, as many as prove something. */
export function testPicture(format: ProvenFormat): string[] {
  return ["-f", "lavfi", "-i", `testsrc2=size=${sizeIn(format)}:rate=25:duration=${secondsIn(format)}`];
}

/** Output options: what is made is shown to nobody. */
export const away = ["-f", "null", "-"];

/** Pictures go up and come down again: the device answers. */
export function openingArguments({ device, family, vocabulary }: Candidate): string[] {
  const upload = filterText(family.upload, vocabulary);
  const trip = upload.length === 0 ? [] : [...upload, "hwdownload", `format=${family.worked[8]}`];
  return [
    ...[...family.open(device), ...testPicture("8-small")],
    ...["-vf", [`format=${family.worked[8]}`, ...trip].join(","), ...away],
  ];
}

/** A few pictures encoded with everything that jobs ask for at most. */
export function encodingArguments(
  { device, family, vocabulary }: Candidate,
  encoder: DeviceEncoder,
  variant: string,
  format: ProvenFormat,
  to: readonly string[] = away,
): string[] {
  const depth = depthIn(format);
  const options = encoder.options(
    {
      ...{ rate: { kind: "quality", factor: factorOn(encoder.scale, 50) }, speed: "thorough", depth },
      ...{ keyFrames: { apart: 3 }, profile: encoder.profile(depth), level: null },
    },
    variant,
  );
  return [
    ...[...family.open(device), ...testPicture(format)],
    ...["-vf", [`format=${family.worked[depth]}`, ...filterText(family.upload, vocabulary)].join(",")],
    ...["-c:v", encoder.name, ...knownOptions(encoder.name, options, vocabulary), ...to],
  ];
}

/** The same picture encoded so many times side by side. */
export function sideBySideArguments(
  { device, family, vocabulary }: Candidate,
  encoder: DeviceEncoder,
  variant: string,
  sessions: number,
): string[] {
  const options = encoder.options(
    {
      ...{ rate: { kind: "quality", factor: factorOn(encoder.scale, 50) }, speed: "fast", depth: 8 },
      ...{ keyFrames: { apart: 3 }, profile: encoder.profile(8), level: null },
    },
    variant,
  );
  const places = Array.from({ length: sessions }, (_, place) => `[v${place}]`);
  const up = [`format=${family.worked[8]}`, ...filterText(family.upload, vocabulary), `split=${sessions}`];
  return [
    ...[...family.open(device), ...testPicture("8-small")],
    ...["-filter_complex", `[0:v]${up.join(",")}${places.join("")}`],
    ...places.flatMap((place) => [
      ...["-map", place, "-c:v", encoder.name, ...knownOptions(encoder.name, options, vocabulary), ...away],
    ]),
  ];
}

/** A clip of ours decoded on the device, scaled there where it can, and taken down. */
export function decodingArguments(
  { device, family, vocabulary }: Candidate,
  clip: string,
  depth: Depth,
  scale: Recipe<StepWishes["scale"]> | null,
): string[] {
  const format = family.worked[depth];
  const small = scale?.write({ size: { width: 320, height: 180 }, format, untold: [] });
  const chain = chainOf(
    [{ depth, memory: null, device: small ? filterText(small, vocabulary) : ["null"], ...(small && { format }) }],
    {
      ...{ family, from: "device", to: "memory", format: family.decoded[depth], depth },
      upload: filterText(family.upload, vocabulary),
    },
  );
  return [
    ...[...family.open(device), ...(family.decode ?? []), "-threads", "1", "-i", `file:${clip}`],
    ...["-vf", chainText(chain).join(","), ...away],
  ];
}

const wishes: StepWishes = {
  scale: { size: { width: 320, height: 180 }, format: "", untold: [] },
  pad: { size: { width: 640, height: 640 }, untold: [] },
  turn: { turn: 90, untold: [] },
  deinterlace: {},
  toneMap: { format: "" },
  overlay: {},
};

/** One step of pictures on the device, which then come down. Light is mapped by what a clip tells of it. */
export function filterArguments<Name extends FilterName>(
  { device, family, vocabulary }: Candidate,
  name: Name,
  recipe: Recipe<StepWishes[Name]>,
  hdrClip: string | null,
): string[] {
  const depth = recipe.depths[0] ?? 8;
  const worked = family.worked[8];
  const wish = { ...wishes[name], ...("format" in wishes[name] && { format: worked }) };
  const up = [`format=${family.worked[depth]}`, ...filterText(family.upload, vocabulary)];
  const down = ["hwdownload", `format=${worked}`];
  const work = filterText(recipe.write(wish), vocabulary);
  const input = hdrClip === null ? testPicture("8-small") : ["-i", `file:${hdrClip}`];
  const start = [...family.open(device), ...input];
  if (name !== "overlay") return [...start, "-vf", [...up, ...work, ...down].join(","), ...away];
  const mark = filterText([...family.mark, ...family.upload], vocabulary);
  const graph = `[0:v]split[a][b];[a]${up.join(",")}[base];[b]${mark.join(",")}[mark];[base][mark]${[...work, ...down].join(",")}[v]`;
  return [...start, "-filter_complex", graph, "-map", "[v]", ...away];
}
