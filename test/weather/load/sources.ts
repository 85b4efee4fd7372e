import { filmClip, grainyFilm, longClip, smallClip, textFile, truncatedClip } from "../../support/clips.ts";
import { rawClip } from "./raw-clip.ts";

/** What is uploaded, and what a result of it must come to. */
export interface Source {
  readonly name: string;
  readonly path: string;
  readonly seconds: number;
  /** Pictures. */
  readonly frames: number;
}

export interface Sources {
  readonly small: Source;
  readonly long: Source;
  readonly film: Source;
  readonly stream: Source;
  /** Large enough to go up in parts. */
  readonly raw: Source;
  /** No media. */
  readonly text: Source;
  /** Media that ends too early. */
  readonly truncated: Source;
}

const streamSeconds = 24;

export async function makeSources(): Promise<Sources> {
  return {
    small: { name: "small", path: smallClip(), seconds: 2, frames: 60 },
    long: { name: "long", path: longClip(), seconds: 8, frames: 240 },
    film: { name: "film", path: filmClip(), seconds: 40, frames: 1_200 },
    stream: { name: "stream", path: grainyFilm(streamSeconds), seconds: streamSeconds, frames: streamSeconds * 30 },
    raw: { name: "raw", path: rawClip(), seconds: 7, frames: 210 },
    text: { name: "text", path: textFile(), seconds: 0, frames: 0 },
    truncated: { name: "truncated", path: await truncatedClip(), seconds: 0, frames: 0 },
  };
}
