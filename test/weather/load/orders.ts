import type { JobRequest } from "@reelway/shared/contracts/job";
import type { Source, Sources } from "./sources.ts";

/** What a job must come to, if nobody cancels it. */
export type Expectation =
  /** A result that decodes to so many seconds, and to so many pictures where it has any. */
  | { readonly state: "succeeded"; readonly seconds?: number; readonly frames?: number }
  /** The source is bad: it must fail with one of these codes, and not be tried for ever. */
  | { readonly state: "failed"; readonly codes: readonly string[] };

/** What a customer can ask for. */
export interface Order {
  readonly name: string;
  /** What is uploaded for it; null where the request itself says what is fetched. */
  readonly source: Source | null;
  readonly request: JobRequest;
  readonly expected: Expectation;
  /** How often it is asked for beside the others. */
  readonly weight: number;
}

const unreadable = ["input_unreadable", "input_truncated", "input_missing_stream"];

/** `web`: a server that has the small source at `/plain.mp4` and, with breaks, at `/ranges.mp4`. */
export function ordersOf(sources: Sources, web: string): readonly Order[] {
  const { small, long, film, stream, raw, text, truncated } = sources;
  const whole = ({ seconds, frames }: Source): Expectation => ({ state: "succeeded", seconds, frames });
  return [
    { name: "probe", source: small, request: { spec: { kind: "probe" } }, expected: { state: "succeeded" }, weight: 3 },
    {
      name: "sound",
      source: small,
      request: { preset: "mp3" },
      expected: { state: "succeeded", seconds: 2 },
      weight: 3,
    },
    { name: "convert", source: small, request: { preset: "mp4-h264" }, expected: whole(small), weight: 5 },
    {
      name: "pictures",
      source: film,
      request: { spec: { kind: "thumbnails", posters: { count: 4, width: 320 }, sprite: { width: 80 } } },
      expected: { state: "succeeded" },
      weight: 2,
    },
    {
      name: "slow conversion",
      source: long,
      request: { spec: { kind: "transcode", container: "mp4", video: { codec: "h265", speed: "fast" } } },
      expected: whole(long),
      weight: 2,
    },
    {
      name: "stream",
      source: stream,
      request: {
        spec: {
          kind: "stream",
          video: { ladder: [{ shortSide: 180 }, { shortSide: 144 }], speed: "fast" },
          chunkSeconds: 8,
        },
      },
      expected: whole(stream),
      weight: 3,
    },
    { name: "raw", source: raw, request: { spec: { kind: "probe" } }, expected: { state: "succeeded" }, weight: 0.5 },
    {
      name: "fetched",
      source: null,
      request: { sourceUrl: `${web}/plain.mp4`, preset: "mp3" },
      expected: { state: "succeeded", seconds: 2 },
      weight: 1,
    },
    {
      name: "fetched with breaks",
      source: null,
      request: { sourceUrl: `${web}/ranges.mp4`, preset: "mp4-h264" },
      expected: whole(small),
      weight: 1,
    },
    {
      name: "no media",
      source: text,
      request: { preset: "mp4-h264" },
      expected: { state: "failed", codes: unreadable },
      weight: 1,
    },
    {
      name: "truncated",
      source: truncated,
      request: { preset: "mp4-h264" },
      expected: { state: "failed", codes: unreadable },
      weight: 0.5,
    },
  ];
}
