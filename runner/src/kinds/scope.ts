import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { EngineScope } from "../engine/run-engine.ts";
import type { RunScope } from "../ffmpeg/run.ts";
import type { KindContext } from "./kind.ts";

/** Runs of this task's children: in its work directory, ended by its signal, with its paths kept out of logs. */
export function scopeOf(context: KindContext): RunScope {
  const { inputDirectory, workDirectory, outputDirectory } = context;
  return {
    tools: context.tools,
    engine: context.engine,
    box: context.box,
    cwd: workDirectory,
    reads: [inputDirectory],
    writes: [workDirectory, outputDirectory],
    signal: context.signal,
    stallMs: context.stallMs,
    onProcessGroup: context.onProcessGroup,
    hidePaths: [workDirectory, outputDirectory, inputDirectory],
    log: context.log,
    made: context.made,
    ...(context.inputRange && { inputRange: context.inputRange }),
  };
}

/** The same for the engine. Throws runner_error on a host without one, which should not have leased the task. */
export function engineScopeOf(context: KindContext): EngineScope {
  const { engine, ...scope } = scopeOf(context);
  if (!engine) throw new ReelwayError("runner_error", "this runner has no media engine");
  return { ...scope, engine };
}

export function sourceOf(context: KindContext): string {
  const [source] = context.inputs.source ?? [];
  if (source === undefined) throw new ReelwayError("runner_error", "the task came without its source");
  return source;
}
