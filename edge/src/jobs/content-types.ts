/** What we say a file is, by the extension that we gave it: never what was stored with the object. */
const contentTypes: Readonly<Record<string, string>> = {
  mp4: "video/mp4",
  m4v: "video/mp4",
  mov: "video/quicktime",
  mkv: "video/matroska",
  webm: "video/webm",
  gif: "image/gif",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  wav: "audio/wav",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  vtt: "text/vtt; charset=utf-8",
  json: "application/json",
};

const unknownType = "application/octet-stream";

/** Every type that an output may be served as, without parameters. */
export const servedTypes: readonly string[] = [
  ...new Set([...Object.values(contentTypes).map((type) => type.replace(/;.*/, "")), unknownType]),
];

export function contentTypeOf(name: string): string {
  return contentTypes[extensionOf(name)] ?? unknownType;
}

/** What follows the last dot, without it; empty where there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? "" : name.slice(dot + 1);
}
