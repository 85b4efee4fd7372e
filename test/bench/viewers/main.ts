import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HttpSession } from "../load/http-session.ts";
import { spreadOf } from "../load/percentiles.ts";
import { busyLine, machineLine } from "../machine.ts";
import { openWorkplace } from "../media/workplace.ts";
import { milliseconds } from "../report/figures.ts";
import { table } from "../report/table.ts";
import { type ReelwaySide, startReelway } from "../sides/reelway-side.ts";
import { watchOneJob } from "./watch-one-job.ts";

/** The last viewer hears of the end at most so much later than the first. */
const SPREAD_AT_MOST_MS = 1_000;

/** `make bench-viewers [VIEWERS=500 ROUNDS=5]`: many viewers of one job, each on a WebSocket of its own, and when each hears that it is done. */
async function main(): Promise<void> {
  const [viewers = 500, rounds = 5] = process.argv.slice(2).flatMap((text) => (text === "" ? [] : Number(text)));
  if (!(viewers > 0 && rounds > 0)) throw new Error("give how many viewers, and how many rounds");
  const { directory, ffmpeg, clip } = await openWorkplace("viewers");
  const busy = busyLine();
  await mkdir(join(directory, "reelway"));
  const side = await startReelway({ directory: join(directory, "reelway"), clip, runners: 1 });
  const rows = await measure(side, viewers, rounds);
  await side.stop();
  const head = [
    `# ${viewers} viewers of one job, on a WebSocket each`,
    ...(busy === null ? [] : [busy]),
    machineLine({ ffmpeg, redis: null }),
  ];
  const headings = ["round", "all connected", "p50", "p95", "last", "first to last"];
  process.stdout.write(`${[...head, table(headings, rows)].join("\n\n")}\n`);
}

/** Each round is another job; when its end is heard counts from when its completion is sent. */
async function measure(side: ReelwaySide, viewers: number, rounds: number): Promise<string[][]> {
  const [credential = ""] = side.runnerCredentials;
  const runner = new HttpSession({ url: side.url, bearer: credential, connections: 1 });
  const rows: string[][] = [];
  for (let round = 1; round <= rounds; round++) {
    const { connectedMs, heardMs } = await watchOneJob(side, runner, viewers);
    const spread = spreadOf(heardMs);
    if (spread === null || spread.count < viewers)
      throw new Error(`${viewers - (spread?.count ?? 0)} of ${viewers} viewers never heard of the end`);
    const between = spread.max - Math.min(...heardMs);
    rows.push([String(round), ...[connectedMs, spread.p50, spread.p95, spread.max, between].map(milliseconds)]);
    if (between > SPREAD_AT_MOST_MS) process.exitCode = 1;
    await sleep(1_000);
  }
  runner.close();
  return rows;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`the viewers did not come to an end: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
process.exit();
