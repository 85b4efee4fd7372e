import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { asSoftware } from "./as-software.ts";
import { encodedAs } from "./encoded-as.ts";
import type { DeviceScript } from "./script.ts";

/**
 * An ffmpeg with a device in it that works, or fails as its drivers do: everything that asks for the device follows the
 * script, everything else is the real ffmpeg's.
 */
const [ffmpeg = "", scriptPath = "", ...args] = process.argv.slice(2);
const script: DeviceScript = JSON.parse(readFileSync(scriptPath, "utf8"));

/** AMF's encoders take pictures from memory, and open their device themselves. */
const asksForDevice = args.includes("-init_hw_device") || args.some((word) => word.endsWith("_amf"));

process.exit(asksForDevice ? await onCard() : real(encodedAs(args, script.wrong?.software)));

async function onCard(): Promise<number> {
  appendFileSync(`${scriptPath}.runs`, `${JSON.stringify(args)}\n`);
  while (script.waitsFor !== undefined && !existsSync(script.waitsFor)) await sleep(100);
  const failure = script.failures.find(
    ({ when, times = 1, card }) =>
      args.filter((word) => word.includes(when)).length >= times &&
      (card === undefined || args.includes(`cuda=dev:${card}`)),
  );
  if (failure === undefined) return real(encodedAs(asSoftware(args), script.wrong?.card));
  // In the middle: some of the result is there when the card gives up.
  if (failure.afterFrames !== undefined)
    real([...asSoftware(args).slice(0, -1), "-frames:v", String(failure.afterFrames), args.at(-1) ?? ""]);
  process.stderr.write(`${failure.words.join("\n")}\n`);
  return 1;
}

function real(words: readonly string[]): number {
  const { status, error } = spawnSync(ffmpeg, words, { stdio: "inherit" });
  if (error) throw error;
  return status ?? 137;
}
