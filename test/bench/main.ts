import { rmSync } from "node:fs";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redisVersion } from "./baseline/redis-server.ts";
import { busyLine, machineLine } from "./machine.ts";
import { makeMinuteClip, makeTinyClip } from "./media/clips.ts";
import { fairness } from "./report/sections.ts";
import { runBench } from "./run-bench.ts";
import { amounts, readBenchSettings } from "./settings.ts";
import { startBaseline } from "./sides/baseline-side.ts";
import { startReelway } from "./sides/reelway-side.ts";
import { toolPath } from "./tools.ts";

/**
 * `make bench`: Reelway beside fastify + BullMQ + Redis, on this machine, in one run. The report goes to stdout in
 * Markdown, what is going on to stderr. It asserts nothing about time; it fails when something did not work.
 */
async function main(): Promise<void> {
  const settings = readBenchSettings(process.argv.slice(2));
  const ffmpegPath = toolPath("FFMPEG_PATH", "ffmpeg");
  const ffprobePath = toolPath("FFPROBE_PATH", "ffprobe");
  const redis = redisVersion();
  const busy = busyLine();
  const directory = await mkdtemp(join(tmpdir(), "reelway-bench-"));
  process.on("exit", (code) => {
    if (code === 1) process.stderr.write(`logs: ${directory}\n`);
    else rmSync(directory, { recursive: true, force: true });
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

  const onPart = (what: string) => process.stderr.write(`measuring: ${what}\n`);
  if (redis === null)
    process.stderr.write("redis-server is not installed, so Reelway runs alone: apt install redis-server\n");
  const tinyClip = join(directory, "tiny.mp4");
  const minuteClip = join(directory, "minute.mp4");
  await makeTinyClip(ffmpegPath, tinyClip);
  if (settings.parts.has("conversion")) await makeMinuteClip(ffmpegPath, minuteClip);

  const side = async (name: string) => {
    const own = join(directory, name);
    await mkdir(own);
    return { directory: own, clip: tinyClip, runners: amounts.runners };
  };
  const baseline = redis === null ? null : await startBaseline({ ...(await side("baseline")), redisVersion: redis });
  const reelway = await startReelway(await side("reelway"));
  const sections = await runBench(
    { reelway, baseline, directory, minuteClip, ffmpegPath, ffprobePath, onPart },
    settings.parts,
  );
  await reelway.stop();
  await baseline?.stop();

  const machine = machineLine({ ffmpeg: ffmpegPath, redis });
  const head = [
    "# Benchmarks",
    ...(busy === null ? [] : [busy]),
    machine,
    "A ratio is Reelway's figure divided by the other's.",
  ];
  process.stdout.write(`${[...head, ...sections, fairness].join("\n\n")}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`the benchmark did not come to an end: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
process.exit();
