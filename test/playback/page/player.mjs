// Drives one of two players in the page; what it saw is read from `window.seen`.
import { numberIn } from "./number.mjs";

const video = document.querySelector("video");
const seen = { errors: [], waits: 0, ended: false };
window.seen = seen;

video.addEventListener("ended", () => (seen.ended = true));
video.addEventListener("waiting", () => seen.waits++);
video.addEventListener("error", () => seen.errors.push(`video: ${video.error?.message}`));

let showSubtitles;
let chooseHeight;

async function loadWithHls(url, { licenceUrl } = {}) {
  const protection = licenceUrl && {
    emeEnabled: true,
    drmSystems: { "org.w3.clearkey": { licenseUrl: licenceUrl } },
  };
  const hls = new window.Hls({ maxBufferLength: 60, startPosition: 0, ...protection });
  const refused = new Promise((_, reject) => {
    hls.on(window.Hls.Events.ERROR, (_, { details, fatal, response }) => {
      const words = `hls.js: ${details}${fatal ? ", fatal" : ""}`;
      seen.errors.push(words);
      if (fatal) reject(new Error(`${words}, HTTP ${response?.code}`));
    });
  });
  refused.catch(() => undefined);
  showSubtitles = (language) => {
    hls.subtitleTrack = hls.subtitleTracks.findIndex(({ lang }) => lang === language);
  };
  chooseHeight = (height) => {
    hls.nextLevel = hls.levels.findIndex((level) => level.height === height);
  };
  hls.loadSource(url);
  hls.attachMedia(video);
  await Promise.race([once("loadedmetadata"), refused]);
}

async function loadWithShaka(url, { clearKeys = {} } = {}) {
  window.shaka.polyfill.installAll();
  const player = new window.shaka.Player();
  player.addEventListener("error", ({ detail }) => seen.errors.push(`shaka: ${detail.code} ${detail.message}`));
  await player.attach(video);
  player.configure({ streaming: { bufferingGoal: 60, rebufferingGoal: 0.5 }, drm: { clearKeys } });
  showSubtitles = (language) => {
    player.selectTextTrack(player.getTextTracks().find((track) => track.language === language));
  };
  chooseHeight = (height) => {
    player.configure({ abr: { enabled: false } });
    // What is buffered goes, but for a second: with nothing left to show, Firefox stands still for good.
    player.selectVariantTrack(
      player.getVariantTracks().find((track) => track.height === height),
      true,
      1,
    );
  };
  // Without a start time a title that still grows begins near its end.
  await player.load(url, 0).catch(({ code, data }) => {
    throw new Error(`shaka: ${code}, HTTP ${data?.[1]}`);
  });
}

function once(event) {
  return new Promise((resolve) => video.addEventListener(event, resolve, { once: true }));
}

window.load = (player, url, keys) => (player === "hls.js" ? loadWithHls(url, keys) : loadWithShaka(url, keys));

/** Resolves when the time has come; `timeupdate` alone is too coarse. */
async function until(reached) {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Resolves when everything up to `seconds` is buffered without a hole. */
window.buffered = (seconds) =>
  until(() => video.buffered.length === 1 && video.buffered.start(0) < 0.1 && video.buffered.end(0) > seconds - 0.2);

/** Seeks, and resolves when it plays from there on. */
window.seek = async (seconds) => {
  video.currentTime = seconds;
  await video.play();
  await until(() => !video.seeking && video.currentTime > seconds + 0.1);
};

window.showSubtitles = (language) => showSubtitles(language);

/** The subtitles on screen at a time. */
window.subtitlesAt = async (seconds) => {
  if (video.currentTime !== seconds) video.currentTime = seconds;
  await until(() => !video.seeking);
  const shown = [...video.textTracks].filter(({ mode }) => mode === "showing");
  return shown.flatMap(({ activeCues }) => [...(activeCues ?? [])]).map((cue) => cue.getCueAsHTML().textContent);
};

/** Plays from the start to the end; pictures are shown on the way. */
window.playThrough = async (rate) => {
  video.currentTime = 0;
  await until(() => !video.seeking);
  Object.assign(seen, { ended: false, waits: 0 });
  video.playbackRate = rate;
  await video.play();
  const stall = longestStall();
  await until(() => seen.ended);
  const { currentTime: time, duration, videoWidth: width } = video;
  return { ...seen, time, duration, width, longestStallMs: stall() };
};

/** Begins to watch for how long the time stands still, and returns what tells the longest such time, milliseconds. */
function longestStall() {
  let [last, since, longest] = [video.currentTime, performance.now(), 0];
  const timer = setInterval(() => {
    const now = performance.now();
    if (!video.ended) longest = Math.max(longest, now - since);
    if (video.currentTime !== last || video.paused || video.seeking) [last, since] = [video.currentTime, now];
  }, 20);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

/** Goes over to the rendition of this height while it plays; resolves when its pictures are shown. */
window.switchTo = async (height) => {
  const stall = longestStall();
  const before = video.currentTime;
  chooseHeight(height);
  await until(() => video.videoHeight === height && video.currentTime > before + 0.2);
  return { time: video.currentTime, longestStallMs: stall() };
};

const wholePicture = () => [0, 0, video.videoWidth, video.videoHeight];

/** Seeks while paused; resolves with the number of the picture that is shown then. */
window.numberAt = async (seconds, blocks) => {
  video.pause();
  const shown = new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  video.currentTime = seconds;
  await shown;
  await until(() => !video.seeking);
  return numberIn(video, blocks, wholePicture());
};

/** Plays on, and gives of so many pictures as they are shown: their own time, and the number that they carry. */
window.numbersShown = async (count, blocks) => {
  const shown = [];
  const done = new Promise((resolve, reject) => {
    const next = (_, { mediaTime }) => {
      try {
        shown.push({ time: mediaTime, number: numberIn(video, blocks, wholePicture()) });
      } catch (error) {
        return reject(error);
      }
      if (shown.length === count) resolve();
      else video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  });
  await video.play();
  await done;
  return shown;
};

/** The number in a picture of another origin, or in a part of it, in pixels. */
window.numberInImage = async (url, blocks, part) => {
  const image = new Image();
  image.crossOrigin = "anonymous";
  image.src = url;
  await image.decode();
  return numberIn(image, blocks, part ?? [0, 0, image.naturalWidth, image.naturalHeight]);
};

/** Starts to play. */
window.start = () => video.play();
window.pause = () => video.pause();
window.setRate = (rate) => (video.playbackRate = rate);
window.time = () => video.currentTime;
window.width = () => video.videoWidth;
window.soundBytes = () => video.webkitAudioDecodedByteCount;
