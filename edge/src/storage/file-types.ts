/**
 * What a file that a job made is, by the extension that we gave it: never what was stored with the object. Nothing that a
 * browser would run is among them.
 */
const typeOfExtension: Readonly<Record<string, string>> = {
  mp4: "video/mp4",
  m4s: "video/mp4",
  mov: "video/quicktime",
  mkv: "video/x-matroska",
  webm: "video/webm",
  gif: "image/gif",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  wav: "audio/wav",
  jpg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  vtt: "text/vtt; charset=utf-8",
  json: "application/json",
  m3u8: "application/vnd.apple.mpegurl",
  mpd: "application/dash+xml",
};
/** Also a source as it was fetched, which has no extension. */
const unknownType = "application/octet-stream";

/** Every type that an output may have, without parameters. */
export const fileTypes: readonly string[] = [
  ...new Set([...Object.values(typeOfExtension).map(withoutParameters), unknownType]),
];

/** With its parameters, as it is served. */
export function typeOfFile(name: string): string {
  return typeOfExtension[extensionOf(name)] ?? unknownType;
}

/** `type/subtype` alone (RFC 9110 §8.3.1). */
export function withoutParameters(type: string): string {
  return type.replace(/;.*/, "");
}

/** What follows the last dot, without it; empty where there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? "" : name.slice(dot + 1);
}
