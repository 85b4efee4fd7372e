import { twoLetters } from "@reelway/shared/streams/languages";

/** The tag for a language code of a track; null where the language is not known. */
export function languageTag(code: string): string | null {
  if (code === "und") return null;
  return Object.hasOwn(twoLetters, code) ? (twoLetters[code] ?? code) : code;
}
