import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { expect, onTestFinished, test } from "vitest";
import { filmClip } from "../support/clips.ts";
import { startTestStack } from "../support/test-stack.ts";
import { submit } from "./convert.ts";

/** NVIDIA's tool, as it prints one card in use. */
const nvidiaSmi = "#!/bin/sh\necho 'NVIDIA L4, 63, 41, 12, 3221, 23034, 58'\n";

/** It is at work for longer than the host's load is looked at, however fast the machine. */
const longJob = {
  kind: "transcode",
  container: "mp4",
  video: { codec: "h265", height: 1_080, fit: "contain", speed: "thorough" },
} as const;

test("how busy a host and its card are, and how fast it works, is in its metrics and in the fleet", {
  timeout: 600_000,
}, async () => {
  const programs = folderOfTest("programs");
  writeFileSync(join(programs, "nvidia-smi"), nvidiaSmi, { mode: 0o755 });
  const stack = await startTestStack();
  onTestFinished(stack.stop);
  const path = `${programs}${delimiter}${process.env.PATH}`;
  const runner = await stack.startRunner({ env: { PATH: path, FFMPEG_THREADS: "1" } });
  const { id } = await submit(stack.client, filmClip(), { spec: longJob });

  const metrics = async () => (await fetch(`${runner.healthUrl}/metrics`)).text();
  await expect.poll(metrics, { timeout: 180_000 }).toMatch(/^reelway_runner_speed\{format="mp4"\} [\d.]+$/m);
  const text = await metrics();
  for (const [gauge, value] of [
    ["load", "0.63"],
    ["encoder_load", "0.41"],
    ["decoder_load", "0.12"],
    ["memory_bytes", String(3_221 * 1024 ** 2)],
    ["celsius", "58"],
  ])
    expect(text).toContain(`reelway_runner_device_${gauge}{device="0 NVIDIA L4"} ${value}\n`);
  expect(text).toMatch(/^reelway_runner_cpu_load (0\.\d+|1)$/m);

  const load = async () => (await stack.client.runners.get(runner.id)).load;
  await expect.poll(async () => (await load())?.speed ?? 0, { timeout: 60_000 }).toBeGreaterThan(0);
  const card = { name: "NVIDIA L4", busy: 0.63, encoder: 0.41, memoryBytes: 23_034 * 1024 ** 2, celsius: 58 };
  expect(await load()).toMatchObject({ devices: [card] });

  await stack.client.jobs.cancel(id);
  await expect.poll(metrics, { timeout: 60_000 }).not.toContain("reelway_runner_speed{");
});
