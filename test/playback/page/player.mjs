// Drives one of two players in the page; what it saw is read from `window.seen`.
const video = document.querySelector("video");
const seen = { errors: [], waits: 0, ended: false };
window.seen = seen;

video.addEventListener("ended", () => (seen.ended = true));
video.addEventListener("waiting", () => seen.waits++);
video.addEventListener("error", () => seen.errors.push(`video: ${video.error?.message}`));

let showSubtitles;

async function loadWithHls(url, { licenceUrl } = {}) {
  const protection = licenceUrl && {
    emeEnabled: true,
    drmSystems: { "org.w3.clearkey": { licenseUrl: licenceUrl } },
  };
  const hls = new window.Hls({ maxBufferLength: 60, startPosition: 0, ...protection });
  hls.on(window.Hls.Events.ERROR, (_, { details, fatal }) =>
    seen.errors.push(`hls.js: ${details}${fatal ? ", fatal" : ""}`),
  );
  showSubtitles = (language) => {
    hls.subtitleTrack = hls.subtitleTracks.findIndex(({ lang }) => lang === language);
  };
  hls.loadSource(url);
  hls.attachMedia(video);
  await once("loadedmetadata");
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
  // Without a start time a title that still grows begins near its end.
  await player.load(url, 0);
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
  await until(() => seen.ended);
  return { ...seen, time: video.currentTime, duration: video.duration, width: video.videoWidth };
};

/** Starts to play. */
window.start = () => video.play();
window.pause = () => video.pause();
window.time = () => video.currentTime;
window.width = () => video.videoWidth;
