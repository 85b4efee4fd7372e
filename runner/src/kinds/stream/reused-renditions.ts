import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { KindContext, ProducedFile } from "../kind.ts";

/** What a chunk has in common with another stream, by rendition: nothing of it is encoded. */
export type ReusedRenditions = ReadonlyMap<string, readonly ProducedFile[]>;

const nothing: ReusedRenditions = new Map();

/**
 * Brings the segments that the task may take of another stream. Nothing where it may take none, or where they are not there
 * any more: then all is encoded, and no task fails because somebody deleted them. Throws scratch_full; the signal's reason.
 */
export async function bringReused(context: KindContext): Promise<ReusedRenditions> {
  const names = context.task.inputs.flatMap((input) =>
    input.kind === "presigned" && input.role === "reused" ? [input.name ?? ""] : [],
  );
  if (names.length === 0) return nothing;
  context.report({ percent: 0, fps: null, speed: null, etaSeconds: null, message: "copying segments" });
  try {
    await context.download("reused");
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof ReelwayError) || !awayCodes.has(error.code)) throw error;
    context.log.warn({ code: error.code, reason: error.message }, "what was to be copied can't be had; it is encoded");
    return nothing;
  }
  const files = await Promise.all(names.map((name, place) => asOutput(context, name, context.inputs.reused?.[place])));
  const reused = Map.groupBy(files, ({ name }) => name.slice(0, name.indexOf("/")));
  context.log.info({ renditions: [...reused.keys()] }, "segments of another stream copied");
  return reused;
}

/** Deleted or replaced meanwhile; or no grant for them is given any more. */
const awayCodes: ReadonlySet<string> = new Set(["input_changed", "download_failed"]);

/** Inputs have names of ours, in a folder from which nothing is uploaded. */
async function asOutput({ outputDirectory }: KindContext, name: string, brought = ""): Promise<ProducedFile> {
  const path = join(outputDirectory, "reused", name);
  await mkdir(dirname(path), { recursive: true });
  await rename(brought, path);
  return { path, name, role: "segment", contentType: "video/mp4" };
}
