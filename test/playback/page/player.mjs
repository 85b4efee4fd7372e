// Drives one of two players in the page; what it saw is read from `window.seen`.
const video = document.querySelector("video");
const seen = { errors: [], waits: 0, ended: false };
window.seen = seen;

video.addEventListener("ended", () => (seen.ended = true));
video.addEventListener("waiting", () => seen.waits++);
video.addEventListener("error", () => seen.errors.push(`video: ${video.error?.message}`));

async function loadWithHls(url) {
  const hls = new window.Hls({ maxBufferLength: 60, startPosition: 0 });
  hls.on(window.Hls.Events.ERROR, (_, { details, fatal }) =>
    seen.errors.push(`hls.js: ${details}${fatal ? ", fatal" : ""}`),
  );
  hls.loadSource(url);
  hls.attachMedia(video);
  await once("loadedmetadata");
}

async function loadWithShaka(url) {
  window.shaka.polyfill.installAll();
  const player = new window.shaka.Player();
  player.addEventListener("error", ({ detail }) => seen.errors.push(`shaka: ${detail.code} ${detail.message}`));
  await player.attach(video);
  player.configure({ streaming: { bufferingGoal: 60, rebufferingGoal: 0.5 } });
  // Without a start time a title that still grows begins near its end.
  await player.load(url, 0);
}

function once(event) {
  return new Promise((resolve) => video.addEventListener(event, resolve, { once: true }));
}

window.load = (player, url) => (player === "hls.js" ? loadWithHls(url) : loadWithShaka(url));

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

/** Plays from the start to the end; pictures are shown on the way. */
window.playThrough = async (rate) => {
  video.currentTime = 0;
  await until(() => !video.seeking);
  Object.assign(seen, { ended: false, waits: 0 });
  video.playbackRate = rate;
  await video.play();
  await until(() => seen.ended);
  return { ...seen, time: video.currentTime, duration: video.duration, width: video.videoWidth };
};

/** Starts to play. */
window.start = () => video.play();
window.time = () => video.currentTime;
window.width = () => video.videoWidth;
