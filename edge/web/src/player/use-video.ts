import { useEffect, useState } from "preact/hooks";

/** What a video element is doing, told anew with each of its events. */
export interface VideoState {
  readonly time: number;
  /** Of a film that grows: as far as it can be played. */
  readonly length: number;
  readonly bufferedTo: number;
  readonly paused: boolean;
  readonly waiting: boolean;
  readonly muted: boolean;
  readonly volume: number;
  readonly rate: number;
}

const events = [
  "timeupdate",
  "durationchange",
  "progress",
  "play",
  "pause",
  "volumechange",
  "ratechange",
  "seeking",
  "seeked",
  "waiting",
  "playing",
  "canplay",
  "ended",
  "emptied",
] as const;

const still: VideoState = {
  time: 0,
  length: 0,
  bufferedTo: 0,
  paused: true,
  waiting: false,
  muted: false,
  volume: 1,
  rate: 1,
};

export function useVideo(video: HTMLVideoElement | null): VideoState {
  const [state, setState] = useState(still);
  useEffect(() => {
    if (video === null) return;
    const look = () => setState(stateOf(video));
    for (const event of events) video.addEventListener(event, look);
    look();
    return () => {
      for (const event of events) video.removeEventListener(event, look);
    };
  }, [video]);
  return state;
}

function stateOf(video: HTMLVideoElement): VideoState {
  const { currentTime: time, paused, muted, volume, playbackRate: rate, readyState, ended } = video;
  const waiting = !paused && !ended && readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
  return { time, length: lengthOf(video), bufferedTo: bufferedFrom(video, time), paused, waiting, muted, volume, rate };
}

function lengthOf({ duration, seekable }: HTMLVideoElement): number {
  if (Number.isFinite(duration)) return duration;
  return seekable.length > 0 ? seekable.end(seekable.length - 1) : 0;
}

function bufferedFrom({ buffered }: HTMLVideoElement, time: number): number {
  for (let at = 0; at < buffered.length; at++)
    if (buffered.start(at) <= time + 0.1 && buffered.end(at) >= time) return buffered.end(at);
  return time;
}
