import { dirname } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { RunScope } from "../ffmpeg/run.ts";
import type { KindContext } from "./kind.ts";

/** Runs of this task's children: in its work directory, ended by its signal, with its paths kept out of logs. */
export function scopeOf(context: KindContext): RunScope {
  const directories = [context.workDirectory, context.outputDirectory, dirname(sourceOf(context))];
  return {
    tools: context.tools,
    cwd: context.workDirectory,
    signal: context.signal,
    stallMs: context.stallMs,
    onProcessGroup: context.onProcessGroup,
    hidePaths: directories,
    log: context.log,
  };
}

export function sourceOf(context: KindContext): string {
  const { source } = context.inputs;
  if (source === undefined) throw new ReelwayError("runner_error", "the task came without its source");
  return source;
}
