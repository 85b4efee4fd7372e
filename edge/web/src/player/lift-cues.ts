/** How high the controls are, pixels. */
const controlsHeight = 80;
/** Of the picture's height, as browsers set a line of subtitles (WebVTT §7.2). */
const lineShare = 0.0533;

/** Those whose line is ours: cues that say one of their own keep it. */
const lifted = new WeakSet<TextTrackCue>();

/** Keeps subtitles above the controls, which they would lie beneath: to be called when cues have come or the picture's size changed. */
export function liftCues(video: HTMLVideoElement): void {
  const line = -1 - Math.ceil(controlsHeight / (lineShare * Math.max(1, video.clientHeight)));
  for (const track of video.textTracks)
    for (const cue of [...(track.cues ?? [])]) if (cue instanceof VTTCue) lift(cue, line, track);
}

function lift(cue: VTTCue, line: number, track: TextTrack): void {
  if (cue.line === "auto") lifted.add(cue);
  if (!lifted.has(cue) || cue.line === line) return;
  const isShown = [...(track.activeCues ?? [])].includes(cue);
  cue.line = line;
  if (!isShown) return;
  // One that is shown moves only when it comes anew.
  track.removeCue(cue);
  track.addCue(cue);
}
