/** One block of `-progress`: what ffmpeg says of itself. */
export interface FfmpegProgress {
  readonly frames: number | null;
  readonly outSeconds: number | null;
  readonly fps: number | null;
  readonly speed: number | null;
  readonly bytes: number | null;
  readonly ended: boolean;
}

/** Reads ffmpeg's `-progress` output, in whatever pieces it arrives, and hands on each complete block. */
export function createProgressParser(onBlock: (progress: FfmpegProgress) => void): (text: string) => void {
  let rest = "";
  let fields = new Map<string, string>();
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const at = line.indexOf("=");
      if (at < 0) continue;
      const key = line.slice(0, at).trim();
      const value = line.slice(at + 1).trim();
      fields.set(key, value);
      if (key !== "progress") continue;
      onBlock(toProgress(fields));
      fields = new Map();
    }
  };
}

function toProgress(fields: ReadonlyMap<string, string>): FfmpegProgress {
  const outMicroseconds = numberIn(fields.get("out_time_us"));
  return {
    frames: numberIn(fields.get("frame")),
    outSeconds: outMicroseconds === null ? null : Math.max(0, outMicroseconds / 1e6),
    fps: positive(numberIn(fields.get("fps"))),
    speed: positive(numberIn(fields.get("speed")?.replace("x", ""))),
    bytes: numberIn(fields.get("total_size")),
    ended: fields.get("progress") === "end",
  };
}

function numberIn(text: string | undefined): number | null {
  if (text === undefined || text === "" || text === "N/A") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

const positive = (value: number | null) => (value !== null && value > 0 ? value : null);

export interface Estimate {
  readonly percent: number;
  readonly fps: number | null;
  readonly speed: number | null;
  readonly etaSeconds: number | null;
}

/**
 * Percent and time left over several passes, weighted by how long each takes. Never goes back. Without an expected
 * duration the percentage only moves when a pass ends.
 */
export function createEstimator(expectedSeconds: number | null, weights: readonly number[]) {
  const total = sum(weights);
  let percent = 0;
  return (pass: number, progress: FfmpegProgress): Estimate => {
    const weight = weights[pass] ?? 0;
    const done = progress.ended ? 1 : fractionOf(progress.outSeconds, expectedSeconds);
    const before = sum(weights.slice(0, pass));
    percent = Math.max(percent, Math.min(100, (100 * (before + done * weight)) / total));
    const passesLeft = weight === 0 ? 0 : (weight * (1 - done) + sum(weights.slice(pass + 1))) / weight;
    const known = expectedSeconds !== null && progress.speed !== null;
    return {
      percent,
      fps: progress.fps,
      speed: progress.speed,
      etaSeconds: known ? (expectedSeconds * passesLeft) / progress.speed : null,
    };
  };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

function fractionOf(seconds: number | null, whole: number | null): number {
  if (seconds === null || whole === null || whole <= 0) return 0;
  return Math.min(1, seconds / whole);
}
