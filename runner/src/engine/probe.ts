import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { toMediaInfo } from "./media-info.ts";
import { EngineProbe } from "./probe-document.ts";
import { type EngineScope, runForDocument } from "./run-engine.ts";

/** The header of a file is read in well under a second; a damaged one must not cost more than this, milliseconds. */
const limitMs = 20_000;

/**
 * Reads what an MP4 or QuickTime file holds, without a decoder. Null where the engine refuses the file or does not know
 * all that is in it: ffprobe decides then. Throws the signal's reason only.
 */
export async function probeByEngine(scope: EngineScope, path: string): Promise<MediaInfo | null> {
  try {
    const parsed = EngineProbe.safeParse(await runForDocument(scope, ["probe", "--brief", path], limitMs));
    if (!parsed.success)
      throw new ReelwayError("runner_error", "reelway-media probe gave another document than agreed");
    return toMediaInfo(parsed.data);
  } catch (error) {
    scope.signal.throwIfAborted();
    if (!(error instanceof ReelwayError)) throw error;
    const level = error.code === "runner_error" || error.code === "out_of_memory" ? "warn" : "debug";
    scope.log?.[level]({ code: error.code, reason: error.message }, "the media engine leaves the file to ffprobe");
    return null;
  }
}
