import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { devicesIn } from "../../src/box/devices-in.ts";
import { cases, transcodeOn } from "../ffmpeg/devices/pipelines.ts";
import { complete } from "../ffmpeg/devices/proven-devices.ts";
import { testDirectory } from "../support/directory.ts";

const ofNvidia = ["/dev/nvidia0", "/dev/nvidiactl"];
const ofAll = ["/dev/dri/renderD128", "/dev/dri/renderD129"];

const nodes = [
  ["nvidia", "0", "as it is", ofNvidia],
  // Light is mapped in Vulkan, which finds its cards by itself.
  ["nvidia", "0", "HDR10 to SDR", [...ofNvidia, ...ofAll]],
  ["vaapi", "/dev/dri/renderD129", "as it is", ["/dev/dri/renderD129"]],
  ["qsv", "/dev/dri/renderD128", "as it is", ["/dev/dri/renderD128"]],
  ["amf", "0", "as it is", ofAll],
  ["vulkan", "0", "as it is", [...ofNvidia, ...ofAll]],
] as const;

it.each(nodes)("a job on %s %s reaches the nodes of its device: %s", async (family, address, name, expected) => {
  const root = await testDirectory();
  await mkdir(join(root, "dev/dri"), { recursive: true });
  for (const node of [...ofNvidia, ...ofAll, "/dev/nvram", "/dev/dri/card0"]) await writeFile(join(root, node), "");
  const args = transcodeOn(complete(family, address), "h264", cases[name] ?? {});
  expect(devicesIn(args, root).toSorted()).toEqual([...expected].toSorted());
});
