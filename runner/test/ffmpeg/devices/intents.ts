import type { DeviceEncoder, Intent } from "../../../src/ffmpeg/arguments/devices/family.ts";
import { factorOn } from "../../../src/ffmpeg/arguments/encoders.ts";

const speeds = ["fast", "balanced", "thorough"] as const;
const load = { width: 1_920, height: 1_080, fps: 25, maxKbps: 6_000 };

/** Every kind of wish that jobs have, in words. */
export function intentsOf(encoder: DeviceEncoder): readonly (readonly [name: string, intent: Intent])[] {
  const factor = factorOn(encoder.scale, 65);
  const rates: readonly (readonly [string, Intent["rate"]])[] = [
    ["quality", { kind: "quality", factor }],
    ["bitrate", { kind: "bitrate", kbps: 4_000 }],
  ];
  const transcodes = encoder.depths.flatMap((depth) =>
    speeds.flatMap((speed) =>
      rates.map(([name, rate]) => {
        const intent: Intent = {
          ...{ rate, speed, depth, keyFrames: { apart: 50 }, profile: encoder.profile(depth), level: null },
        };
        return [`${name}, ${speed}, ${depth} bits`, intent] as const;
      }),
    ),
  );
  const rate = { kind: "capped", factor, maxKbps: 6_000 } as const;
  const chunks = encoder.depths.flatMap((depth): (readonly [string, Intent])[] => {
    const pinned = { profile: encoder.profile(depth), level: encoder.level(load), depth, speed: "balanced" } as const;
    return [
      [`a chunk on a grid, ${depth} bits`, { ...pinned, rate, keyFrames: { exactly: { grid: 48 } } }],
      [
        `a chunk with key frames where they come, ${depth} bits`,
        { ...pinned, rate, keyFrames: { exactly: { pictures: [0, 40, 97] } } },
      ],
    ];
  });
  return [...transcodes, ...chunks];
}
