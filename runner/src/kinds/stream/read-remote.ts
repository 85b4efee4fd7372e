import { backoffMs } from "@reelway/shared/client/retry";
import type { InputRole } from "@reelway/shared/contracts/grant";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { engineCodeIn } from "../../engine/failure.ts";
import type { SaidUrl } from "../../engine/run-engine.ts";
import type { KindContext } from "../kind.ts";

const failuresMax = 4;
const retryPolicy = { retries: failuresMax, baseMs: 500, maxMs: 15_000 };
/** What the engine says of an object that is not the one any more. */
const changes: ReadonlySet<string> = new Set(["precondition_failed", "source_not_found", "source_changed"]);

/**
 * Runs a verb of the engine over an input that is left where it lies, once more where a grant has run out or the storage
 * is away. What it says of the media is thrown as it is.
 * @throws ReelwayError input_changed, download_failed; what `run` throws.
 */
export async function readRemote<Answer>(
  context: KindContext,
  role: InputRole,
  run: (said: SaidUrl) => Promise<Answer>,
): Promise<Answer> {
  const input = context.remote(role);
  let refused = false;
  for (let failures = 1; ; failures++) {
    const { url } = await input.request(refused);
    try {
      // Where our own buckets lie is the installation's choice, and no user's.
      return await run({ url, words: ["-", "--if-match", `"${input.etag}"`, "--allow-private"], copy: role });
    } catch (error) {
      context.signal.throwIfAborted();
      const code = error instanceof ReelwayError ? engineCodeIn(error.logTail ?? "") : undefined;
      if (code !== undefined && changes.has(code))
        throw new ReelwayError("input_changed", `the ${role} is another one than it was`, { cause: error });
      refused = code === "source_denied";
      const isPassing = error instanceof ReelwayError && error.code === "source_unavailable";
      if (!refused && !isPassing) throw error;
      const reason = reasonOf(error);
      if (failures >= failuresMax) throw new ReelwayError("download_failed", `${role}: ${reason}`, { cause: error });
      await context.pacing.sleep(backoffMs(failures - 1, retryPolicy, context.pacing.random), context.signal);
    }
  }
}

/** A slow connection brings this much in a millisecond, bytes. */
const slowBytesPerMs = 250;

/** How long reading so many bytes of an input may take, milliseconds. */
export function readingMs({ stallMs }: Pick<KindContext, "stallMs">, bytes: number): number {
  return stallMs + bytes / slowBytesPerMs;
}
