import { twoLetters } from "@reelway/shared/streams/languages";

/** The tag (RFC 5646) for a language code of a track (ISO 639-2); null where the language is not known. */
export function languageTag(code: string): string | null {
  if (code === "und") return null;
  return Object.hasOwn(twoLetters, code) ? (twoLetters[code] ?? code) : code;
}
