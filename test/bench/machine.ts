import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";

/** One line that says what the figures were taken on. */
export function machineLine(tools: { ffmpeg: string; redis: string | null }): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return [
    `${availableParallelism()} CPUs (${model}), ${memory}, ${process.platform} ${process.arch}`,
    `node ${process.versions.node}`,
    `ffmpeg ${ffmpegVersion(tools.ffmpeg)}`,
    tools.redis === null ? "no redis-server" : `redis ${tools.redis}`,
  ].join("; ");
}

/** A warning when other work was going on before the start: such figures are too bad, and uneven. Null on a quiet machine. */
export function busyLine(): string | null {
  const [load = 0] = loadavg();
  if (load < availableParallelism() / 2) return null;
  return `**The machine was busy with other work** (load average ${load.toFixed(1)} before the start): take no figure from this run.`;
}

function ffmpegVersion(path: string): string {
  const text = execFileSync(path, ["-version"], { encoding: "utf8" });
  return /^ffmpeg version (\S+)/.exec(text)?.[1] ?? "unknown";
}
