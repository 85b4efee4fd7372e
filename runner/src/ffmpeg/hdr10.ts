import type { PlannedColor } from "@reelway/shared/contracts/stream-plan";
import { z } from "zod";
import { mediaInput } from "./arguments/guard.ts";
import { chromaticitySteps, luminanceSteps } from "./arguments/hdr10-words.ts";
import type { StreamInput } from "./arguments/stream-encode.ts";
import { type RunScope, runFfprobe } from "./run.ts";

const Fraction = z.string().regex(/^\d{1,10}\/[1-9]\d{0,9}$/);

/** What ffprobe prints of a frame's side data. */
const SideData = z.union([
  z.object({
    side_data_type: z.literal("Mastering display metadata"),
    ...{ red_x: Fraction, red_y: Fraction, green_x: Fraction, green_y: Fraction, blue_x: Fraction, blue_y: Fraction },
    ...{ white_point_x: Fraction, white_point_y: Fraction, min_luminance: Fraction, max_luminance: Fraction },
  }),
  z.object({
    side_data_type: z.literal("Content light level metadata"),
    max_content: z.int().min(0).max(65_535),
    max_average: z.int().min(0).max(65_535),
  }),
  z.object({ side_data_type: z.string().optional() }),
]);
const WithSideData = z.object({ side_data_list: z.array(SideData).default([]) });
const Told = z.object({ frames: z.array(WithSideData).default([]), streams: z.array(WithSideData).default([]) });

/**
 * What a stream's first pictures, or its header, say of HDR10's display and light, in x265's words; null where they say
 * nothing.
 */
export async function readHdr10(
  scope: RunScope,
  stream: Pick<StreamInput, "path" | "format" | "stream">,
): Promise<z.infer<typeof PlannedColor>["hdr10"]> {
  // A recording may begin in the middle of a group, and only key frames say it.
  return (await toldIn(scope, stream, 1)) ?? (await toldIn(scope, stream, packetsToKeyFrame));
}

/** Ten seconds of the usual pictures. */
const packetsToKeyFrame = 250;

async function toldIn(
  scope: RunScope,
  { path, format, stream }: Pick<StreamInput, "path" | "format" | "stream">,
  packets: number,
): Promise<z.infer<typeof PlannedColor>["hdr10"]> {
  const printed = await runFfprobe(scope, [
    ...["-v", "error", "-of", "json", "-select_streams", String(stream), "-read_intervals", `%+#${packets}`],
    ...["-show_entries", "frame=side_data_list:frame_side_data:stream=side_data_list:stream_side_data"],
    ...mediaInput({ path, format, threads: 1 }),
  ]);
  const { frames, streams } = Told.parse(JSON.parse(printed));
  const data = [...frames, ...streams].flatMap(({ side_data_list: list }) => list);
  const display = data.find((one) => "red_x" in one);
  const light = data.find((one) => "max_content" in one);
  if (display === undefined && light === undefined) return null;
  return {
    display: display === undefined ? null : displayWords(display),
    light: light === undefined ? null : `${light.max_content},${light.max_average}`,
  };
}

type Display = Extract<z.infer<typeof SideData>, { red_x: string }>;

function displayWords(display: Display): string {
  const at = (x: string, y: string) => `(${steps(x, chromaticitySteps)},${steps(y, chromaticitySteps)})`;
  const { green_x, green_y, blue_x, blue_y, red_x, red_y, white_point_x, white_point_y } = display;
  const light = [display.max_luminance, display.min_luminance].map((value) => steps(value, luminanceSteps));
  return `G${at(green_x, green_y)}B${at(blue_x, blue_y)}R${at(red_x, red_y)}WP${at(white_point_x, white_point_y)}L(${light.join(",")})`;
}

function steps(fraction: string, perUnit: number): number {
  const [top, bottom] = fraction.split("/").map(Number);
  return Math.round(((top ?? 0) / (bottom ?? 1)) * perUnit);
}
