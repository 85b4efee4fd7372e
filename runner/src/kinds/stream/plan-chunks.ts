import { join } from "node:path";
import { PlannedChunk } from "@reelway/shared/contracts/stream-plan";
import type { StreamSpec } from "@reelway/shared/contracts/stream-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { z } from "zod";
import { runForDocument } from "../../engine/run-engine.ts";
import type { KindContext } from "../kind.ts";
import { engineScopeOf } from "../scope.ts";

/** Seconds of the first chunks: the opening is there soon, whatever the film's length. */
const opening = "6,6,12";

const Ticks = z.int().min(0);
const Chunks = z.object({
  version: z.literal(1),
  track: z.int().min(0),
  timescale: z.int().min(1),
  frameRate: z.tuple([z.int().min(1), z.int().min(1)]).nullable(),
  start: Ticks,
  end: Ticks,
  targetDuration: z.int().min(1),
  chunks: z.array(PlannedChunk).min(1).max(limits.chunksPerStream),
});
export type Chunks = z.infer<typeof Chunks>;

const Whole = z.object({ whole: z.object({ code: z.string().max(40), reason: z.string() }) });

/** What the engine makes of an index: chunks with their slices of it in a file, or why there are none. */
export async function planChunks(
  context: KindContext,
  index: string,
  { segmentSeconds, chunkSeconds }: StreamSpec,
): Promise<{ readonly chunks: Chunks; readonly slices: string } | z.infer<typeof Whole>> {
  const slices = join(context.outputDirectory, "index.bin");
  const document = await runForDocument(
    engineScopeOf(context),
    [
      ...(["plan", "--index", index, "--opening", opening, "--slices", slices] as const),
      ...["--segment-seconds", String(segmentSeconds), "--chunk-seconds", String(chunkSeconds)],
    ],
    context.stallMs,
  );
  const whole = Whole.safeParse(document);
  if (whole.success)
    return { whole: { ...whole.data.whole, reason: whole.data.whole.reason.slice(0, limits.reasonLength) } };
  const chunks = Chunks.safeParse(document);
  if (!chunks.success) throw new ReelwayError("runner_error", "reelway-media plan gave another document than agreed");
  return { chunks: chunks.data, slices };
}
