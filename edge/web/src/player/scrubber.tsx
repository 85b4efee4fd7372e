import { formatClock } from "@reelway/shared/cli/terminal/units";
import { useState } from "preact/hooks";
import "./scrubber.css";
import { type Tile, tileAt } from "./storyboard.ts";
import type { VideoState } from "./use-video.ts";

/** Where the film is, how much of it is loaded, and a picture of where one points. */
export function Scrubber({
  video,
  state,
  tiles,
}: {
  video: HTMLVideoElement;
  state: VideoState;
  tiles: readonly Tile[];
}) {
  const { time, length, bufferedTo } = state;
  const [pointed, setPointed] = useState<number | null>(null);
  const share = (seconds: number) => (length > 0 ? Math.min(1, seconds / length) : 0);
  const point = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setPointed(Math.min(1, Math.max(0, (event.clientX - left) / width)) * length);
  };
  return (
    <div class="scrubber" onPointerMove={point} onPointerLeave={() => setPointed(null)}>
      <div class="scrubber-track" aria-hidden="true">
        <div class="scrubber-loaded" style={{ transform: `scaleX(${share(bufferedTo)})` }} />
        <div class="scrubber-played" style={{ transform: `scaleX(${share(time)})` }} />
      </div>
      <input
        type="range"
        aria-label="Position"
        aria-valuetext={`${formatClock(Math.floor(time))} of ${formatClock(Math.floor(length))}`}
        min={0}
        max={length || 1}
        step={0.1}
        value={time}
        onInput={({ currentTarget }) => {
          video.currentTime = Number(currentTarget.value);
        }}
      />
      {pointed === null || length === 0 ? null : (
        <Preview seconds={pointed} share={share(pointed)} tile={tileAt(tiles, pointed)} />
      )}
    </div>
  );
}

/** Wide enough to know a scene by, and no wider: sprites may be made for larger scrubbers. */
const previewWidth = 168;

function Preview({ seconds, share, tile }: { seconds: number; share: number; tile: Tile | undefined }) {
  return (
    <div class="preview" style={{ left: `clamp(90px, ${share * 100}%, calc(100% - 90px))` }} aria-hidden="true">
      {tile === undefined ? null : <Picture tile={tile} scale={Math.min(1, previewWidth / tile.width)} />}
      <span>{formatClock(Math.floor(seconds))}</span>
    </div>
  );
}

function Picture({ tile: { url, x, y, width, height }, scale }: { tile: Tile; scale: number }) {
  return (
    <div class="preview-frame" style={{ width: `${width * scale}px`, height: `${height * scale}px` }}>
      <div
        class="preview-tile"
        style={{
          width: `${width}px`,
          height: `${height}px`,
          backgroundImage: `url("${url}")`,
          backgroundPosition: `-${x}px -${y}px`,
          transform: `scale(${scale})`,
        }}
      />
    </div>
  );
}
