import { signal } from "@preact/signals";
import type Hls from "hls.js";
import { liftCues } from "./lift-cues.ts";
import { trackLabel } from "./track-label.ts";

export interface Track {
  readonly index: number;
  readonly label: string;
  /** Where the label would be too long for the line of controls. */
  readonly short?: string;
}

/** hls.js on a video element: loaded when there is something to play, and with it the choices that the stream gives. */
export class StreamPlayback {
  readonly qualities = signal<readonly Track[]>([]);
  /** -1 for the player's own choice. */
  readonly quality = signal(-1);
  /** The height that is shown now, as the player chose it. */
  readonly shownHeight = signal<number | null>(null);
  readonly subtitles = signal<readonly Track[]>([]);
  readonly subtitle = signal(-1);
  readonly sounds = signal<readonly Track[]>([]);
  readonly sound = signal(0);
  readonly problem = signal<string | null>(null);
  readonly #video: HTMLVideoElement;
  #hls: Hls | null = null;
  readonly #resized: ResizeObserver;
  #stopped = false;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
    // A full screen is another size as well.
    this.#resized = new ResizeObserver(() => liftCues(video));
    this.#resized.observe(video);
  }

  async load(url: string): Promise<void> {
    const { default: HlsPlayer } = await import("hls.js");
    if (this.#stopped) return;
    if (!HlsPlayer.isSupported()) {
      // Safari's own: its controls have the choices.
      this.#video.src = url;
      return;
    }
    // Segments are CMAF already: there is nothing to do for a worker, which the page's policy would have to allow.
    const hls = new HlsPlayer({ enableWorker: false, capLevelToPlayerSize: true, backBufferLength: 90 });
    this.#hls = hls;
    const { Events, ErrorTypes } = HlsPlayer;
    hls.on(Events.MANIFEST_PARSED, (_, { levels }) => {
      this.qualities.value = levels.map(({ height, width, bitrate }, index) => ({
        index,
        label: height ? `${Math.min(height, width)}p` : `${Math.round(bitrate / 1_000)} kbit/s`,
      }));
    });
    hls.on(Events.LEVEL_SWITCHED, (_, { level }) => {
      const shown = hls.levels[level];
      this.shownHeight.value = shown ? Math.min(shown.height, shown.width) : null;
    });
    hls.on(Events.SUBTITLE_TRACKS_UPDATED, (_, { subtitleTracks }) => {
      this.subtitles.value = subtitleTracks.map((track, index) => ({ index, label: trackLabel(track, index) }));
    });
    hls.on(Events.SUBTITLE_TRACK_SWITCH, (_, { id }) => {
      this.subtitle.value = id;
    });
    hls.on(Events.SUBTITLE_FRAG_PROCESSED, () => liftCues(this.#video));
    hls.on(Events.AUDIO_TRACKS_UPDATED, (_, { audioTracks }) => {
      this.sounds.value = audioTracks.map((track, index) => ({ index, label: trackLabel(track, index) }));
    });
    hls.on(Events.AUDIO_TRACK_SWITCHED, (_, { id }) => {
      this.sound.value = id;
    });
    let recovered = false;
    hls.on(Events.ERROR, (_, { fatal, type, response }) => {
      if (!fatal) return;
      if (type === ErrorTypes.MEDIA_ERROR && !recovered) {
        recovered = true;
        return hls.recoverMediaError();
      }
      this.problem.value =
        response?.code === 401
          ? "The link to this film has run out. Load the page again for a new one."
          : "The film can't be played now. Load the page again, or look at the job's errors.";
    });
    hls.loadSource(url);
    hls.attachMedia(this.#video);
  }

  chooseQuality(index: number): void {
    this.quality.value = index;
    if (this.#hls) this.#hls.nextLevel = index;
  }

  chooseSubtitle(index: number): void {
    this.subtitle.value = index;
    if (this.#hls) this.#hls.subtitleTrack = index;
  }

  chooseSound(index: number): void {
    this.sound.value = index;
    if (this.#hls) this.#hls.audioTrack = index;
  }

  stop(): void {
    this.#stopped = true;
    this.#resized.disconnect();
    this.#hls?.destroy();
  }
}
