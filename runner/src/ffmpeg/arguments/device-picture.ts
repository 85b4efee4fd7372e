import { pixelDepth } from "@reelway/shared/contracts/pixel-depth";
import type { DeviceChoice } from "../encoder-choice.ts";
import type { Vocabulary } from "../vocabulary.ts";
import { type Chain, chainOf, chainText } from "./devices/chain.ts";
import { decodesOnDevice, depthOf, untoldIn } from "./devices/decode.ts";
import type { Depth } from "./devices/device.ts";
import { type DeviceSteps, deviceSteps } from "./devices/device-steps.ts";
import { filterText } from "./devices/known.ts";
import type { Place, Step } from "./devices/route.ts";
import {
  burnFilters,
  cropFilter,
  deinterlaceFilters,
  type PicturePlan,
  padFilter,
  positionOf,
  scaleFilter,
  steadyFilters,
  tagFilters,
  turnFilters,
  type Watermark,
  watermarkFilters,
} from "./picture.ts";

/** How a picture is made on a device. */
export interface DevicePicture {
  /** Input options of the source. */
  readonly decode: readonly string[];
  readonly graph: string;
}

/**
 * The picture's graph from `[0:n]` to `[v]`, with every step on the device that it was seen to do there and as few trips
 * through memory as the others allow.
 */
export function devicePicture(
  plan: PicturePlan,
  choice: DeviceChoice,
  startSeconds: number,
  watermarkInput: number | null,
  vocabulary: Vocabulary,
): DevicePicture {
  const { device, family } = choice;
  const depths = depthsOf(plan);
  const from: Place = decodesOnDevice(plan.stream, device, family) ? "device" : "memory";
  const steps = deviceSteps(device, family, vocabulary);
  const upload = filterText(family.upload, vocabulary);
  const mark = plan.watermark && watermarkInput !== null ? overlayStep(plan, plan.watermark, steps, depths.out) : null;
  const chain = chainOf(
    [...stepsOf(plan, choice, steps, startSeconds), ...(mark ? [mark] : []), tags(plan, depths.out)],
    {
      ...{ family, from, to: upload.length === 0 ? "memory" : "device", upload },
      ...{ format: family.decoded[depths.in], depth: depths.out },
    },
  );
  const end = upload.length === 0 ? [`format=${family.worked[depths.out]}`] : [];
  const source = `[0:${plan.stream.index}]`;
  const decode = from === "device" ? (family.decode ?? []) : [];
  if (mark === null || plan.watermark === null)
    return { decode, graph: `${source}${[...chainText(chain), ...end].join(",")}[v]` };
  const marked = chain.links.find(({ stop }) => stop.step === mark)?.stop.place ?? "memory";
  const markText =
    marked === "device" ? markOnDevice(plan, plan.watermark, choice, vocabulary) : markInMemory(plan, plan.watermark);
  const [before, after] = around(chain, mark);
  return {
    decode,
    graph: [
      `${source}${before.length === 0 ? "null" : before.join(",")}[base]`,
      `[${watermarkInput}:0]${markText}[mark]`,
      `[base][mark]${[...after, ...end].join(",")}[v]`,
    ].join(";"),
  };
}

function depthsOf({ stream, color }: PicturePlan): Readonly<Record<"in" | "out", Depth>> {
  return { in: depthOf(stream), out: pixelDepth(color.pixelFormat) };
}

/** All that happens to a picture before a mark is laid over it, in its order. */
function stepsOf(plan: PicturePlan, { family }: DeviceChoice, on: DeviceSteps, startSeconds: number): Step[] {
  const { stream, color, geometry, turn } = plan;
  const depths = depthsOf(plan);
  const isToned = color.toneMap.length > 0;
  const scaledDepth = isToned ? depths.in : depths.out;
  // Colours that have to be told apart or stretched are the business of the scaler that knows all of them.
  const scales = !color.fromRgb && stream.color.range !== "pc" && (family.converts || scaledDepth === depths.in);
  const scaled = family.worked[scaledDepth];
  const toned = family.worked[depths.out];
  return [
    ...deinterlaceFilters(stream).map((memory) => step(depths.in, [memory], on.deinterlace({}, depths.in))),
    ...(plan.fps === null ? [] : [anywhere(depths.in, steadyFilters(plan))]),
    ...(turn === 0 ? [] : [step(depths.in, turnFilters(turn), on.turn({ turn, untold: untoldIn(stream) }, depths.in))]),
    step(
      depths.in,
      [scaleFilter(geometry.scaled, color)],
      scales ? on.scale({ size: geometry.scaled, format: scaled, untold: untoldIn(stream) }, depths.in) : null,
      scaled,
    ),
    anywhere(scaledDepth, ["setsar=1"]),
    ...(geometry.crop ? [step(scaledDepth, [cropFilter(geometry.crop)], null)] : []),
    ...(geometry.pad
      ? [
          step(
            scaledDepth,
            [padFilter(geometry.pad)],
            on.pad({ size: geometry.pad, untold: untoldIn(stream) }, scaledDepth),
          ),
        ]
      : []),
    ...(isToned ? [step(depths.in, color.toneMap, on.toneMap({ format: toned }, depths.in), toned)] : []),
    ...(plan.burnSubtitles
      ? [step(depths.out, [`format=${color.pixelFormat}`, ...burnFilters(startSeconds)], null)]
      : []),
  ];
}

function overlayStep(plan: PicturePlan, watermark: Watermark, on: DeviceSteps, depth: Depth): Step {
  const inMemory = `overlay=${positionOf(watermark, plan.geometry.final.width)}:format=auto`;
  return step(depth, [inMemory], on.overlay({}, depth));
}

function tags({ color }: PicturePlan, depth: Depth): Step {
  return anywhere(depth, tagFilters(color));
}

const step = (depth: Depth, memory: readonly string[], device: readonly string[] | null, format?: string): Step => ({
  ...{ depth, memory, device },
  ...(format !== undefined && { format }),
});
/** What only looks at times and tags takes pictures wherever they are. */
const anywhere = (depth: Depth, filters: readonly string[]): Step => ({ depth, memory: filters, device: filters });

/** The chain up to the mark, its trip to where the mark is laid over it included, and from there on. */
function around({ links, end }: Chain, mark: Step): [before: string[], after: string[]] {
  const at = links.findIndex(({ stop }) => stop.step === mark);
  const before = links.slice(0, at).flatMap(({ trip, work }) => [...trip, ...work]);
  const [overlay, ...rest] = links.slice(at);
  const after = [...(overlay?.work ?? []), ...rest.flatMap(({ trip, work }) => [...trip, ...work]), ...end];
  return [[...before, ...(overlay?.trip ?? [])], after];
}

function markInMemory(plan: PicturePlan, watermark: Watermark): string {
  return watermarkFilters(watermark, plan.geometry.final.width);
}

/** Set into a clear picture of the full size first: not every device's overlay can reckon where a corner is. */
function markOnDevice(
  plan: PicturePlan,
  watermark: Watermark,
  { family }: DeviceChoice,
  vocabulary: Vocabulary,
): string {
  const { width, height } = plan.geometry.final;
  const margin = Math.round((width * watermark.spec.marginPercent) / 100);
  const [right, bottom] = [`max(0\\,ow-iw-${margin})`, `max(0\\,oh-ih-${margin})`];
  const [left, top] = [`min(${margin}\\,ow-iw)`, `min(${margin}\\,oh-ih)`];
  const place = {
    "top-left": `${left}:${top}`,
    "top-right": `${right}:${top}`,
    "bottom-left": `${left}:${bottom}`,
    "bottom-right": `${right}:${bottom}`,
    center: "(ow-iw)/2:(oh-ih)/2",
  }[watermark.spec.position];
  return [
    watermarkFilters(watermark, width),
    `crop=min(iw\\,${width}):min(ih\\,${height})`,
    `pad=${width}:${height}:${place}:black@0`,
    ...filterText([...family.mark, ...family.upload], vocabulary),
  ].join(",");
}
