/** What these tests read of mpd-parser's answer; the package has no types of its own. */
declare module "mpd-parser" {
  interface Playlist {
    attributes: { RESOLUTION?: { width: number; height: number } };
    segments: { duration: number; uri: string; resolvedUri: string }[];
  }
  interface Manifest {
    duration: number;
    minimumUpdatePeriod?: number;
    playlists: Playlist[];
    mediaGroups: {
      AUDIO: { audio?: Record<string, { playlists: Playlist[] }> };
      SUBTITLES: { subs?: Record<string, { language: string; playlists: Playlist[] }> };
    };
  }
  export function parse(manifest: string, options: { manifestUri: string }): Manifest;
}
