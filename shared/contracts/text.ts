import { z } from "zod";
import { limits } from "../limits.ts";

/** Characters that must never reach a terminal, a log or a header: C0, DEL, C1, Unicode's line breaks and the bidirectional controls. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
const CONTROLS = new RegExp(CONTROL.source, "g");

/** A person's text on one line: no control or bidirectional characters, normalised to NFC. */
export const plainText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((text) => !CONTROL.test(text), "must not contain control characters")
    .transform((text) => text.normalize("NFC"));

/** A file's display name. It is stored and shown, and never becomes part of a path or a key. */
export const FileName = z
  .string()
  .min(1)
  .max(limits.nameBytes)
  .refine((name) => !CONTROL.test(name) && !/[/\\]/.test(name), "must not contain slashes or control characters")
  .transform((name) => name.normalize("NFC"));

/** The same text with every control and bidirectional character replaced by `?`: for terminals, logs and CSV. */
export function withoutControls(text: string): string {
  return text.replace(CONTROLS, "?");
}

/** The same, but line breaks and tabs stay: for log tails. */
export function withoutControlsInLines(text: string): string {
  return text.replace(CONTROLS, (character) => (character === "\n" || character === "\t" ? character : "?"));
}
