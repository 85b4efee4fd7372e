import { formatClock } from "@reelway/shared/cli/terminal/units";
import { Icon, type IconName } from "../parts/icon.tsx";
import "./controls.css";
import { togglePlay } from "./keys.ts";
import { rates } from "./rates.ts";
import { Scrubber } from "./scrubber.tsx";
import type { Tile } from "./storyboard.ts";
import type { StreamPlayback, Track } from "./stream-playback.ts";
import type { VideoState } from "./use-video.ts";

interface ControlsProps {
  video: HTMLVideoElement;
  state: VideoState;
  /** Null of a single file, which has nothing to choose. */
  stream: StreamPlayback | null;
  tiles: readonly Tile[];
  growing: boolean;
  /** Null where there is no picture to make larger. */
  onFull: (() => void) | null;
}

export function Controls({ video, state, stream, tiles, growing, onFull }: ControlsProps) {
  const { time, length, paused, muted, volume, rate } = state;
  return (
    <div class="controls">
      <Scrubber video={video} state={state} tiles={tiles} />
      <div class="controls-line">
        <Press icon={paused ? "play" : "pause"} label={paused ? "Play" : "Pause"} onPress={() => togglePlay(video)} />
        <Press
          icon={muted || volume === 0 ? "mute" : "sound"}
          label={muted ? "Sound on" : "Mute"}
          onPress={() => {
            video.muted = !muted;
          }}
        />
        <input
          class="volume"
          type="range"
          aria-label="Volume"
          min={0}
          max={1}
          step={0.05}
          value={muted ? 0 : volume}
          onInput={({ currentTarget }) => {
            video.muted = false;
            video.volume = Number(currentTarget.value);
          }}
        />
        <span class="controls-time">
          {formatClock(Math.floor(time))}
          <span class="controls-length"> / {formatClock(Math.floor(length))}</span>
          {growing ? <span class="controls-growing"> still being made</span> : null}
        </span>
        <span class="controls-choices">
          {stream === null ? null : <StreamChoices stream={stream} />}
          <Pick
            label="Speed"
            value={rate}
            tracks={rates.map((one) => ({ index: one, label: `${one}×` }))}
            onPick={(chosen) => {
              video.playbackRate = chosen;
            }}
          />
        </span>
        {onFull === null ? null : <Press icon="full" label="Full screen" onPress={onFull} />}
      </div>
    </div>
  );
}

function StreamChoices({ stream }: { stream: StreamPlayback }) {
  const { qualities, quality, shownHeight, subtitles, subtitle, sounds, sound } = stream;
  const auto = {
    index: -1,
    label: shownHeight.value === null ? "Auto" : `Auto (${shownHeight.value}p)`,
    short: "Auto",
  };
  const best = [...qualities.value].reverse();
  return (
    <>
      {subtitles.value.length === 0 ? null : (
        <Pick
          label="Subtitles"
          value={subtitle.value}
          tracks={[{ index: -1, label: "No subtitles", short: "CC" }, ...subtitles.value]}
          onPick={(index) => stream.chooseSubtitle(index)}
        />
      )}
      {sounds.value.length < 2 ? null : (
        <Pick label="Sound" value={sound.value} tracks={sounds.value} onPick={(index) => stream.chooseSound(index)} />
      )}
      {best.length === 0 ? null : (
        <Pick
          label="Quality"
          value={quality.value}
          tracks={[auto, ...best]}
          onPick={(index) => stream.chooseQuality(index)}
        />
      )}
    </>
  );
}

function Press({ icon, label, onPress }: { icon: IconName; label: string; onPress: () => void }) {
  return (
    <button type="button" class="press" aria-label={label} title={label} onClick={onPress}>
      <Icon name={icon} />
    </button>
  );
}

/** A select over its value: it is as wide as what is chosen, not as the widest of its choices. */
function Pick({
  label,
  value,
  tracks,
  onPick,
}: {
  label: string;
  value: number;
  tracks: readonly Track[];
  onPick: (index: number) => void;
}) {
  const chosen = tracks.find(({ index }) => index === value);
  return (
    <span class="pick" title={label}>
      <span class="pick-value cut" aria-hidden="true">
        {chosen?.short ?? chosen?.label}
      </span>
      <select
        aria-label={label}
        value={String(value)}
        onChange={({ currentTarget }) => onPick(Number(currentTarget.value))}
      >
        {tracks.map(({ index, label: name }) => (
          <option key={index} value={String(index)} selected={index === value}>
            {name}
          </option>
        ))}
      </select>
    </span>
  );
}
