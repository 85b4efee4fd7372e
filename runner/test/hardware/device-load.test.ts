import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HostLoad } from "@reelway/shared/contracts/host-load";
import { expect, it } from "vitest";
import { amdLoads, parseNvidia } from "../../src/hardware/device-load.ts";
import { HostLoadSampler } from "../../src/hardware/host-load.ts";
import { testDirectory } from "../support/directory.ts";

it("reads what NVIDIA's tool prints, and leaves open what a device does not tell", () => {
  const printed = ["NVIDIA L4, 63, 41, 12, 3221, 23034, 58", "NVIDIA H200, 4, [N/A], 0, 1024, 143771, 31", ""].join(
    "\n",
  );
  expect(parseNvidia(printed)).toMatchObject([
    { name: "NVIDIA L4", busy: 0.63, encoder: 0.41, decoder: 0.12, memoryUsedBytes: 3_221 * 1024 ** 2, celsius: 58 },
    { name: "NVIDIA H200", encoder: null, decoder: 0, memoryBytes: 143_771 * 1024 ** 2 },
  ]);
});

it("reads what amdgpu writes, and passes over cards of other drivers", async () => {
  const drm = await testDirectory();
  const device = join(drm, "card1", "device");
  await mkdir(join(device, "hwmon", "hwmon3"), { recursive: true });
  await mkdir(join(drm, "card0", "device"), { recursive: true });
  await mkdir(join(drm, "card1-HDMI-A-1"), { recursive: true });
  await writeFile(join(device, "gpu_busy_percent"), "37\n");
  await writeFile(join(device, "mem_info_vram_used"), "1048576\n");
  await writeFile(join(device, "mem_info_vram_total"), "8573157376\n");
  await writeFile(join(device, "hwmon", "hwmon3", "temp1_input"), "64000\n");
  expect(await amdLoads(drm)).toEqual([
    {
      ...{ name: "AMD card1", busy: 0.37, encoder: null, decoder: null },
      ...{ memoryUsedBytes: 1_048_576, memoryBytes: 8_573_157_376, celsius: 64 },
    },
  ]);
});

it("tells how busy this host is, in shares that the contract takes", async () => {
  const sampler = new HostLoadSampler();
  const until = Date.now() + 300;
  while (Date.now() < until) Math.sqrt(until);
  const load = HostLoad.parse({ ...(await sampler.sample()), speed: null });
  expect(load.cpu).toBeGreaterThan(0);
  expect(load.memoryUsedBytes).toBeGreaterThan(0);
  expect(load.memoryUsedBytes).toBeLessThan(load.memoryBytes);
});
