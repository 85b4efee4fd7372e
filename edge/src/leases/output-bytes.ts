import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Settings } from "../settings.ts";
import type { LeaseClaims } from "./token.ts";

/** What a task may write, all its files together. What a fetch brings is a source, and bounded as one. */
export function outputBytesMax(settings: Settings, { kind }: Pick<LeaseClaims, "kind">): number {
  return kind === "fetch" ? settings.maxUploadBytes : settings.maxOutputBytes;
}

/** Throws `output_refused` where a task would write, or has written, more than it may. */
export function refuseTooMany(bytes: number, bytesMax: number): void {
  if (bytes > bytesMax)
    throw new ReelwayError("output_refused", `a task may write ${bytesMax} bytes at most, and this would be ${bytes}`);
}

export function bytesOf(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
