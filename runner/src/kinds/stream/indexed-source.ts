import { join } from "node:path";
import type { MediaInfo } from "@reelway/shared/contracts/media-info";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { toMediaInfo } from "../../engine/media-info.ts";
import { EngineProbe } from "../../engine/probe-document.ts";
import { runForDocument, runToFile } from "../../engine/run-engine.ts";
import { probeSource, refuseBeyondLimits } from "../../ffmpeg/probe.ts";
import type { KindContext } from "../kind.ts";
import { engineScopeOf, scopeOf } from "../scope.ts";
import { isOfTheMedia } from "./of-the-media.ts";
import { readingMs, readRemote } from "./read-remote.ts";

/** Why a stream's picture is one task and not many, in words for people. */
export interface Whole {
  readonly code: string;
  readonly reason: string;
}

export interface IndexedSource {
  readonly info: MediaInfo;
  /** Its index on disk; or why there is none. */
  readonly index: { readonly path: string } | { readonly whole: Whole };
}

/** The headers of a source are a small part of it, bytes. */
const headerBytes = 64 * 1024 * 1024;

/**
 * Finds out what a source holds and where its samples are, from its headers alone. What can't be read so is downloaded.
 * Throws what makes it no source at all.
 */
export async function indexSource(context: KindContext): Promise<IndexedSource> {
  const index = await writeIndex(context);
  const info = "whole" in index ? null : await probeRemote(context);
  if (info === null) {
    await context.download("source");
    const [path] = context.inputs.source ?? [];
    return { info: await probeSource(scopeOf(context), path ?? ""), index };
  }
  refuseBeyondLimits(info);
  return { info, index };
}

async function writeIndex(context: KindContext): Promise<IndexedSource["index"]> {
  const path = join(context.workDirectory, "index.json");
  const { bytes } = context.remote("source");
  const limitMs = readingMs(context, Math.min(bytes, headerBytes));
  try {
    await readRemote(context, "source", (said) => runToFile(engineScopeOf(context), ["index"], path, limitMs, said));
    return { path };
  } catch (error) {
    if (!isOfTheMedia(error)) throw error;
    return { whole: { code: "not_indexed", reason: `It can't be read by ranges: ${withoutHost(error)}.` } };
  }
}

/** The engine's words begin with where the file lies, which is no part of a plan. */
function withoutHost({ detail, code }: ReelwayError): string {
  return (detail ?? code).replace(/^[\w.-]+: /, "");
}

/** Null where it is left to ffprobe, which needs the file. */
async function probeRemote(context: KindContext): Promise<MediaInfo | null> {
  const limitMs = readingMs(context, headerBytes);
  const document = await readRemote(context, "source", (said) =>
    runForDocument(engineScopeOf(context), ["probe", "--brief"], limitMs, said),
  ).catch((error: unknown) => {
    if (isOfTheMedia(error)) return null;
    throw error;
  });
  if (document === null) return null;
  const parsed = EngineProbe.safeParse(document);
  if (!parsed.success) throw new ReelwayError("runner_error", "reelway-media probe gave another document than agreed");
  return toMediaInfo(parsed.data);
}
