import { ReelwayError } from "@reelway/shared/errors/reelway-error";

/** The engine refuses the file itself: it reads fewer formats than ffmpeg, and is stricter. */
export function isOfTheMedia(error: unknown): error is ReelwayError {
  return error instanceof ReelwayError && /^input_(unreadable|truncated|limit_exceeded)$/.test(error.code);
}
