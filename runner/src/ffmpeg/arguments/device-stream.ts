import { pixelDepth } from "@reelway/shared/contracts/pixel-depth";
import type { PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import { chainOf, chainText } from "./devices/chain.ts";
import { decodesOnDevice, depthOf, untoldIn } from "./devices/decode.ts";
import type { Depth } from "./devices/device.ts";
import { deviceSteps } from "./devices/device-steps.ts";
import { filterText, knownOptions } from "./devices/known.ts";
import type { Place, Step } from "./devices/route.ts";
import type { KeyFrames } from "./key-frames.ts";
import type { DeviceStream, Rendition, StreamEncode } from "./stream-encode.ts";
import { deinterlaced, pinnedColor, scaleTo, timeFilters, unpinnedFilters } from "./stream-filters.ts";

/** Input options of the source: none where it is decoded in memory. */
export function deviceStreamDecode(encode: StreamEncode, on: DeviceStream): readonly string[] {
  return startOf(encode, on) === "device" ? (on.choice.family.decode ?? []) : [];
}

/** Pictures that are made up for others are made in memory. */
function startOf({ fillTo }: StreamEncode, { choice: { device, family }, picture }: DeviceStream): Place {
  return fillTo === undefined && decodesOnDevice(picture, device, family) ? "device" : "memory";
}

/** From `[0:n]` to `[v0]`, `[v1]` …: decoded once, split on the device, scaled there for each rendition. */
export function deviceStreamGraph(encode: StreamEncode, on: DeviceStream): string {
  const { video, input } = encode;
  const { device, family } = on.choice;
  const { color, renditions } = video;
  const [largest] = renditions;
  const steps = deviceSteps(device, family, on.vocabulary);
  const upload = filterText(family.upload, on.vocabulary);
  const depths = { in: depthOf(on.picture), out: pixelDepth(video.color.pixelFormat) };
  const isToned = color.toneMap.length > 0 && largest !== undefined;
  // Once the largest is toned, it is the source of the others.
  const toned = isToned ? [scaling(largest, depths.in, depths.in, color), toning(color.toneMap, depths)] : [];
  const depthAfter = isToned ? depths.out : depths.in;
  const shared = chainOf(
    [
      ...(input.interlaced ? [step(depths.in, [deinterlaced], steps.deinterlace({}, depths.in))] : []),
      times(encode, depths.in),
      // Drivers map light by what is told of it.
      ...toned,
      anywhere(depthAfter, unpinnedFilters),
    ],
    {
      ...{ family, from: startOf(encode, on), upload, format: family.decoded[depths.in], depth: depthAfter },
      to: steps.scale({ size: { width: 2, height: 2 }, format: family.worked[depthAfter], untold: [] }, depthAfter)
        ? "device"
        : "memory",
    },
  );
  const split = placeAfter(shared.links.at(-1)?.stop.place, shared.end.length > 0);
  const branches = renditions.map((rendition, place) => {
    const isMade = isToned && place === 0;
    const own = chainOf(
      [
        ...(isMade ? [] : [scaling(rendition, depthAfter, depths.out, isToned ? { fromRgb: false } : color)]),
        anywhere(depths.out, ["setsar=1", pinnedColor(color)]),
      ],
      {
        ...{ family, from: split, to: upload.length === 0 ? "memory" : "device", upload },
        ...{ format: shared.format, depth: depths.out },
      },
    );
    const end = upload.length === 0 ? [`format=${family.worked[depths.out]}`] : [];
    return `[s${place}]${[...chainText(own), ...end].join(",")}[v${place}]`;
  });
  const labels = renditions.map((_, place) => `[s${place}]`).join("");
  const head = [...chainText(shared), `split=${renditions.length}`].join(",");
  return [`[0:${input.stream}]${head}${labels}`, ...branches].join(";");

  function scaling(rendition: Rendition, given: Depth, made: Depth, { fromRgb }: { readonly fromRgb: boolean }): Step {
    const { width, height } = rendition;
    const format = family.worked[made];
    const converts = family.converts || given === made;
    const isUsual = !fromRgb && (on.picture.color.range !== "pc" || isToned);
    const untold = untoldIn(on.picture);
    const onDevice = converts && isUsual ? steps.scale({ size: { width, height }, format, untold }, given) : null;
    return { ...step(given, scaleTo(rendition, { fromRgb }), onDevice), format };
  }

  function toning(toneMap: readonly string[], { in: given, out }: Record<"in" | "out", Depth>): Step {
    const format = family.worked[out];
    return { ...step(given, toneMap, steps.toneMap({ format }, given)), format };
  }
}

function placeAfter(last: Place | undefined, moved: boolean): Place {
  if (last === undefined) throw new TypeError("a chain without steps");
  if (!moved) return last;
  return last === "device" ? "memory" : "device";
}

function times(encode: StreamEncode, depth: Depth): Step {
  const filters = timeFilters(encode);
  return encode.fillTo === undefined ? anywhere(depth, filters) : step(depth, filters, null);
}

const step = (depth: Depth, memory: readonly string[], device: readonly string[] | null): Step => ({
  ...{ depth, memory, device },
});
const anywhere = (depth: Depth, filters: readonly string[]): Step => ({ depth, memory: filters, device: filters });

/** Closed groups where they are asked for and nowhere else, a ceiling over the quality, pinned profile and level. */
export function deviceStreamOptions(
  { choice: { encoder, proven }, vocabulary }: DeviceStream,
  wish: Pick<PlannedVideo, "speed" | "color"> & { readonly rendition: Rendition; readonly keyFrames: KeyFrames },
): string[] {
  const { rateFactor: factor, maxKbps, profile, level } = wish.rendition;
  const options = encoder.options(
    {
      ...{ rate: { kind: "capped", factor, maxKbps }, speed: wish.speed, depth: pixelDepth(wish.color.pixelFormat) },
      ...{ keyFrames: { exactly: wish.keyFrames }, profile, level },
    },
    proven.variant,
  );
  const tag = encoder.codec === "h265" ? ["-tag:v", "hvc1"] : [];
  return ["-c:v", encoder.name, ...knownOptions(encoder.name, options, vocabulary), ...tag];
}
