import { isTyping } from "../app/typing.ts";
import { rates } from "./rates.ts";

/** What the keys of the player do; all of it has a control as well. */
export interface PlayerDeeds {
  readonly video: HTMLVideoElement;
  toggleSubtitles(): void;
  toggleFull(): void;
}

/** Does what the key stands for. True where it stood for something. */
export function pressKey(event: KeyboardEvent, { video, toggleSubtitles, toggleFull }: PlayerDeeds): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return false;
  const onControl =
    event.target instanceof HTMLElement &&
    event.target !== video &&
    event.target.closest("button, input, select") !== null;
  // A focused control keeps the keys that are its own.
  if (onControl && [" ", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key)) return false;
  const seek = (seconds: number) => {
    video.currentTime = Math.max(0, video.currentTime + seconds);
  };
  const louder = (step: number) => {
    video.muted = false;
    video.volume = Math.min(1, Math.max(0, video.volume + step));
  };
  const deeds: Readonly<Record<string, () => void>> = {
    " ": () => togglePlay(video),
    k: () => togglePlay(video),
    j: () => seek(-10),
    l: () => seek(10),
    ArrowLeft: () => seek(-5),
    ArrowRight: () => seek(5),
    ArrowUp: () => louder(0.1),
    ArrowDown: () => louder(-0.1),
    m: () => {
      video.muted = !video.muted;
    },
    c: toggleSubtitles,
    f: toggleFull,
    "<": () => changeRate(video, -1),
    ">": () => changeRate(video, 1),
  };
  const deed = deeds[event.key];
  if (deed === undefined) return false;
  event.preventDefault();
  deed();
  return true;
}

export function togglePlay(video: HTMLVideoElement): void {
  // What can't start tells so by an event of the element.
  if (video.paused) void video.play().catch(() => undefined);
  else video.pause();
}

function changeRate(video: HTMLVideoElement, step: number): void {
  const at = rates.findIndex((rate) => rate >= video.playbackRate);
  video.playbackRate = rates[Math.min(rates.length - 1, Math.max(0, at + step))] ?? 1;
}
