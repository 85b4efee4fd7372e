/** How the media engine names the files of a rendition, below its folder; `number` counts segments from 1. */
export function segmentFile(rendition: string, number: number): string {
  const extension = rendition.startsWith("subtitles-") ? "vtt" : "m4s";
  return `${rendition}/seg-${String(number).padStart(5, "0")}.${extension}`;
}

/** Its init segment; subtitles have none. */
export function initFile(rendition: string): string {
  return `${rendition}/init.mp4`;
}
