import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../parts/icon.tsx";
import { Controls } from "./controls.tsx";
import { pressKey, togglePlay } from "./keys.ts";
import "./player.css";
import { parseStoryboard, type Tile } from "./storyboard.ts";
import { StreamPlayback } from "./stream-playback.ts";
import { useAwake } from "./use-awake.ts";
import { useVideo } from "./use-video.ts";

const restMs = 3_000;

export interface PlayerProps {
  title: string;
  source: { readonly kind: "hls" | "file"; readonly url: string };
  poster: string | null;
  /** WebVTT of pictures for the scrubber. */
  storyboard: string | null;
  /** More of it comes while it plays. */
  growing: boolean;
  /** There is nothing to see: the controls are all of it. */
  soundAlone?: boolean;
}

/** A film with its controls: by pointer, by touch and by keyboard. */
export function Player({ title, source, poster, storyboard, growing, soundAlone = false }: PlayerProps) {
  const box = useRef<HTMLElement>(null);
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const [stream, setStream] = useState<StreamPlayback | null>(null);
  const [unplayable, setUnplayable] = useState(false);
  const { awake, wake } = useAwake(restMs);
  const state = useVideo(video);
  const tiles = useTiles(storyboard);

  useEffect(() => {
    if (video === null) return;
    setUnplayable(false);
    if (source.kind === "file") {
      video.src = source.url;
      return;
    }
    const playback = new StreamPlayback(video);
    setStream(playback);
    void playback.load(source.url);
    return () => playback.stop();
  }, [video, source.kind, source.url]);

  const toggleFull = () => {
    if (soundAlone) return;
    if (document.fullscreenElement) void document.exitFullscreen();
    else void box.current?.requestFullscreen().catch(() => undefined);
  };
  const toggleSubtitles = () => stream?.chooseSubtitle(stream.subtitle.value === -1 ? 0 : -1);
  const problem =
    stream?.problem.value ?? (unplayable ? "This browser can't play this file. Download it instead." : null);
  return (
    <section
      ref={box}
      class={`player ${state.paused ? "paused" : ""} ${awake ? "awake" : "resting"} ${soundAlone ? "sound-alone" : ""}`}
      onPointerMove={wake}
      onPointerDown={wake}
      aria-label={`Player: ${title}`}
      onKeyDown={(event) => {
        if (video) pressKey(event, { video, toggleSubtitles, toggleFull });
      }}
    >
      <video
        ref={setVideo}
        playsInline
        preload="metadata"
        tabIndex={0}
        aria-label={title}
        {...(poster === null ? {} : { poster })}
        onClick={() => video && togglePlay(video)}
        onError={() => setUnplayable(source.kind === "file")}
      />
      {problem !== null ? (
        <p class="player-problem" role="alert">
          {problem}
        </p>
      ) : null}
      {state.waiting && problem === null ? <span class="player-wait" role="status" aria-label="Loading" /> : null}
      {state.paused && state.time === 0 && problem === null && !soundAlone ? (
        <button type="button" class="player-start" aria-label="Play" onClick={() => video && togglePlay(video)}>
          <Icon name="play" />
        </button>
      ) : null}
      {video === null ? null : (
        <Controls
          video={video}
          state={state}
          stream={stream}
          tiles={tiles}
          growing={growing}
          onFull={soundAlone ? null : toggleFull}
        />
      )}
    </section>
  );
}

function useTiles(url: string | null): readonly Tile[] {
  const [tiles, setTiles] = useState<readonly Tile[]>([]);
  useEffect(() => {
    if (url === null) return;
    const stop = new AbortController();
    fetch(url, { signal: stop.signal })
      .then(async (answer) =>
        answer.ok ? setTiles(parseStoryboard(await answer.text(), new URL(url, location.href).href)) : undefined,
      )
      // Without pictures the scrubber does as well.
      .catch(() => undefined);
    return () => stop.abort();
  }, [url]);
  return tiles;
}
