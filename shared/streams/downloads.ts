import type { OutputFile } from "../contracts/manifest.ts";
import type { StreamPlan } from "../contracts/stream-plan.ts";
import type { StreamSpec } from "../contracts/stream-spec.ts";

/** One file that is made of a stream's segments, for people to keep. */
export interface Download {
  /** What it is asked for by, such as `720p`; null for sound alone. */
  readonly quality: string | null;
  /** Whose pictures it has; null for sound alone. */
  readonly rendition: string | null;
  /** Its name among the outputs. */
  readonly name: string;
}

export interface Downloads {
  /** Largest first. */
  readonly files: readonly Download[];
  /** What was asked for and is not in the ladder, with what is made instead. */
  readonly replaced: readonly { readonly asked: string; readonly made: string }[];
}

type Titled = Pick<StreamPlan, "audio" | "video">;

/**
 * The files that a stream is to have besides its segments. A size that is not in the ladder, for which the source was too
 * small as a rule, is replaced by the next lower one, or by the smallest; sound alone has one file, whatever was asked for.
 */
export function downloadsOf({ downloads }: Pick<StreamSpec, "downloads">, { video, audio }: Titled): Downloads {
  if (downloads.length === 0) return { files: [], replaced: [] };
  if (video === null)
    return { files: audio.length > 0 ? [{ quality: null, rendition: null, name: "film.m4a" }] : [], replaced: [] };
  const ladder = video.renditions;
  const asked = downloads === "all" ? ladder.map(({ name }) => name) : downloads;
  const chosen = new Map(asked.map((name) => [name, nearest(name, ladder)]));
  const isChosen = new Set(chosen.values());
  return {
    files: ladder
      .filter((rendition) => isChosen.has(rendition))
      .map(({ id, name }) => ({ quality: name, rendition: id, name: `film-${name}.mp4` })),
    replaced: [...chosen].flatMap(([name, found]) =>
      found === undefined || found.name === name ? [] : [{ asked: name, made: found.name }],
    ),
  };
}

function nearest<Rung extends { readonly name: string }>(asked: string, ladder: readonly Rung[]): Rung | undefined {
  const bySize = [...ladder].sort((a, b) => sizeOf(b) - sizeOf(a));
  return bySize.find((rung) => sizeOf(rung) <= sizeOf({ name: asked })) ?? bySize.at(-1);
}

/** `720p` is 720. */
function sizeOf({ name }: { readonly name: string }): number {
  return Number.parseInt(name, 10);
}

/** What an output is asked for by: as a stream's ladder calls it, else by its picture's shorter side. Null for no video. */
export function qualityOf({ name, role, media }: Pick<OutputFile, "name" | "role" | "media">): string | null {
  if (role !== "video") return null;
  const [, named] = /-([0-9]+p)\.[a-z0-9]+$/.exec(name) ?? [];
  if (named !== undefined) return named;
  return media?.width && media.height ? `${Math.min(media.width, media.height)}p` : null;
}
