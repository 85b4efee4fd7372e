import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import type { ProducedFile } from "../kind.ts";

const contentTypes: readonly (readonly [extension: string, contentType: string])[] = [
  [".m3u8", "application/vnd.apple.mpegurl"],
  [".mpd", "application/dash+xml"],
];

/** The playlists and the manifest that the engine wrote, in order of their names, to be uploaded. */
export async function playlistFiles(directory: string): Promise<ProducedFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return paths.sort().flatMap((path): ProducedFile[] => {
    const [, contentType] = contentTypes.find(([extension]) => path.endsWith(extension)) ?? [];
    return contentType === undefined ? [] : [{ path, name: relative(directory, path), role: "playlist", contentType }];
  });
}
