/** The content types that an output may have. Anything that a browser would run is not among them. */
const allowed: ReadonlySet<string> = new Set([
  "video/mp4",
  "video/webm",
  "video/quicktime",
  "video/x-matroska",
  "video/mp2t",
  "audio/mpeg",
  "audio/mp4",
  "audio/wav",
  "audio/webm",
  "audio/ogg",
  "audio/flac",
  "image/gif",
  "image/jpeg",
  "image/png",
  "image/webp",
  "text/vtt",
  "application/json",
  // A source as it was fetched.
  "application/octet-stream",
  "application/vnd.apple.mpegurl",
  "application/dash+xml",
]);

export function isOutputType(contentType: string): boolean {
  return allowed.has(contentType);
}
