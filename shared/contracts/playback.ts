import { z } from "zod";
import { limits } from "../limits.ts";
import { Timestamp } from "./time.ts";

/** `POST /api/v1/jobs/{id}/playback`. */
export const PlaybackRequest = z
  .strictObject({
    expiresInSeconds: z
      .int()
      .min(limits.playbackTokenSecondsMin)
      .max(limits.playbackTokenSecondsMax)
      .optional()
      .meta({ description: "Default: PLAYBACK_TOKEN_SECONDS. A film longer than this stops in its middle" }),
  })
  .meta({ id: "PlaybackRequest" });
export type PlaybackRequest = z.infer<typeof PlaybackRequest>;

/** The right to play one stream, in URLs that need no credential. */
export const Playback = z
  .object({
    token: z.string().max(1_000),
    expiresAt: Timestamp,
    hls: z.url(),
    dash: z.url(),
    poster: z.url().nullable().meta({ description: "Null until it is there" }),
    storyboard: z.url().nullable().meta({ description: "WebVTT of pictures for a scrubber; null until it is there" }),
  })
  .meta({ id: "Playback" });
export type Playback = z.infer<typeof Playback>;
