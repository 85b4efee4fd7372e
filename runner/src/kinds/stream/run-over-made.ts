import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { type EngineScope, runForDocument } from "../../engine/run-engine.ts";
import { evidenceOf } from "../../take-home/evidence.ts";

/**
 * Runs a verb of the engine over files that this task made or brought itself. Where they are no media, that is no fault of
 * the source: throws output_invalid then, which another attempt may make good; else what `runForDocument` throws.
 */
export async function runOverMade(
  scope: EngineScope,
  command: readonly [string, ...string[]],
  limitMs: number,
): Promise<unknown> {
  try {
    return await runForDocument(scope, command, limitMs);
  } catch (error) {
    if (!(error instanceof ReelwayError) || !/^input_(unreadable|truncated)$/.test(error.code)) throw error;
    throw new ReelwayError("output_invalid", error.detail, { ...evidenceOf(error), cause: error });
  }
}
