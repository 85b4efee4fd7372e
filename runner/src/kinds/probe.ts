import { forcedFormat } from "../ffmpeg/arguments/guard.ts";
import { probeSource } from "../ffmpeg/probe.ts";
import type { Kind } from "./kind.ts";
import { writeMetadata } from "./metadata-file.ts";
import { scopeOf, sourceOf } from "./scope.ts";

/** Reads what a file holds and writes it down, without decoding it. */
export const probe: Kind = async (context) => {
  context.report({ percent: 0, fps: null, speed: null, etaSeconds: null, message: "probing" });
  const source = await probeSource(scopeOf(context), sourceOf(context));
  const metadata = await writeMetadata(context.outputDirectory, { source });
  context.log.debug({ format: forcedFormat(source.container) }, "source probed");
  context.report({ percent: 100, fps: null, speed: null, etaSeconds: 0, message: "probed" });
  return { files: [metadata], source, encoder: null };
};
