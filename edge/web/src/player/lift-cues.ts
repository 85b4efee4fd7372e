/** How high the controls are, pixels. */
const controlsHeight = 80;
/** Of the picture's height, as browsers set a line of subtitles (WebVTT §7.2). */
const lineShare = 0.0533;

/**
 * Keeps subtitles above the controls, which they would lie beneath: those that say no line of their own. To be called
 * when cues have come: one that is shown already stays where it is.
 */
export function liftCues(video: HTMLVideoElement): void {
  const lines = Math.ceil(controlsHeight / (lineShare * Math.max(1, video.clientHeight)));
  for (const { cues } of video.textTracks)
    for (const cue of cues ?? []) if (cue instanceof VTTCue && cue.line === "auto") cue.line = -1 - lines;
}
