import { rmSync } from "node:fs";
import { mkdtemp, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSource } from "@reelway/shared/cli/files/source-file";
import { enginePath } from "@reelway/stack/paths";
import { engineRuns } from "@reelway/stack/runners";
import { busyLine, machineLine } from "../machine.ts";
import { makeFilm } from "../media/clips.ts";
import { toolPath } from "../tools.ts";
import { encodePlainly } from "./plain-ffmpeg.ts";
import { scaleReport } from "./report.ts";
import { startScaleStack } from "./scale-stack.ts";
import { runStream } from "./stream-run.ts";

const spec = { kind: "stream", video: { codec: "h264", speed: "fast" } } as const;

/**
 * `make bench-scale [LENGTH=180] [CLIP=path]`: one film as a stream on one runner, on two, and by plain ffmpeg. The report
 * goes to stdout in Markdown, what is going on to stderr. It asserts nothing about time.
 */
async function main(): Promise<void> {
  const length = Number(process.argv[2] || 180);
  if (!(length > 0)) throw new Error("give the film's length in seconds");
  const ffmpegPath = toolPath("FFMPEG_PATH", "ffmpeg");
  toolPath("TASKSET_PATH", "taskset");
  if (!engineRuns(enginePath)) throw new Error("the media engine is not built: make native");
  const busy = busyLine();
  const directory = await mkdtemp(join(tmpdir(), "reelway-scale-"));
  process.on("exit", (code) => {
    if (code === 1) process.stderr.write(`logs: ${directory}\n`);
    else rmSync(directory, { recursive: true, force: true });
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const measuring = (what: string) => process.stderr.write(`measuring: ${what}\n`);

  const source = process.argv[3] || join(directory, "film.mp4");
  if (!process.argv[3]) await makeFilm(ffmpegPath, source, length);
  const stack = await startScaleStack(directory);
  const { id: assetId } = await stack.client.assets.upload(await openSource(source));
  measuring("two runners");
  const two = await runStream(stack, { assetId, spec, cores: [0, 1] });
  measuring("one runner");
  const one = await runStream(stack, { assetId, spec, cores: [0] });
  await stack.stop();
  measuring("plain ffmpeg");
  const plain = await encodePlainly({ ffmpegPath, source, directory, plan: one.plan, cores: "0,1" });

  const clip = { seconds: Math.round(one.plan.durationSeconds), bytes: (await stat(source)).size };
  const head = [...(busy === null ? [] : [busy]), machineLine({ ffmpeg: ffmpegPath, redis: null })];
  process.stdout.write(`${[...head, scaleReport({ clip, one, two, plain })].join("\n\n")}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`the benchmark did not come to an end: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
process.exit();
