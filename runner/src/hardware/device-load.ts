import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DeviceLoad } from "@reelway/shared/contracts/host-load";
import { execa } from "execa";
import { childEnvironment } from "../ffmpeg/child-process.ts";

const MIB = 1024 * 1024;
/** Asking must cost less than what is asked about, milliseconds. */
const patienceMs = 3_000;
const columns = "name,utilization.gpu,utilization.encoder,utilization.decoder,memory.used,memory.total,temperature.gpu";

/** How busy the GPUs are, as NVIDIA's tool and AMD's driver tell; Intel's tells it to root alone. None where there are none. */
export async function readDeviceLoads(): Promise<DeviceLoad[]> {
  const loads = await Promise.all([nvidiaLoads(), amdLoads("/sys/class/drm")]);
  return loads.flat().slice(0, 32);
}

/** Once not there, never asked again: the runner is started anew for new hardware. */
let hasNvidia = true;

async function nvidiaLoads(): Promise<DeviceLoad[]> {
  if (!hasNvidia) return [];
  const asked = await execa("nvidia-smi", [`--query-gpu=${columns}`, "--format=csv,noheader,nounits"], {
    reject: false,
    stdin: "ignore",
    timeout: patienceMs,
    env: childEnvironment(),
    extendEnv: false,
  });
  if (asked.code === "ENOENT") hasNvidia = false;
  return asked.failed ? [] : parseNvidia(asked.stdout);
}

/** The lines of `nvidia-smi --query-gpu`: what a device does not tell is `[N/A]` there. */
export function parseNvidia(lines: string): DeviceLoad[] {
  return lines
    .split("\n")
    .filter((line) => line.includes(","))
    .map((line) => {
      const [name = "", ...cells] = line.split(",").map((cell) => cell.trim());
      const [busy, encoder, decoder, used, total, celsius] = cells.map(numberIn);
      return {
        name: name.slice(0, 80),
        ...{ busy: percent(busy), encoder: percent(encoder), decoder: percent(decoder) },
        ...{ memoryUsedBytes: mebibytes(used), memoryBytes: mebibytes(total), celsius: celsius ?? null },
      };
    });
}

/** What amdgpu writes below `drm`; other drivers lack the first file, and are left out. */
export async function amdLoads(drm: string): Promise<DeviceLoad[]> {
  const cards = (await readdir(drm).catch(() => [])).filter((name) => /^card\d+$/.test(name)).sort();
  const loads = await Promise.all(
    cards.map(async (card): Promise<DeviceLoad | null> => {
      const device = join(drm, card, "device");
      const busy = await numberAt(join(device, "gpu_busy_percent"));
      if (busy === null) return null;
      const [used, total, milli] = await Promise.all([
        numberAt(join(device, "mem_info_vram_used")),
        numberAt(join(device, "mem_info_vram_total")),
        temperatureAt(join(device, "hwmon")),
      ]);
      return {
        ...{ name: `AMD ${card}`, busy: percent(busy), encoder: null, decoder: null },
        ...{ memoryUsedBytes: used, memoryBytes: total, celsius: milli === null ? null : milli / 1_000 },
      };
    }),
  );
  return loads.filter((load) => load !== null);
}

async function temperatureAt(hwmon: string): Promise<number | null> {
  const [first] = await readdir(hwmon).catch(() => []);
  return first === undefined ? null : numberAt(join(hwmon, first, "temp1_input"));
}

async function numberAt(path: string): Promise<number | null> {
  return readFile(path, "utf8").then(
    (text) => numberIn(text) ?? null,
    () => null,
  );
}

function numberIn(text: string): number | undefined {
  return /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

function percent(number: number | null | undefined): number | null {
  return number == null ? null : Math.min(1, number / 100);
}

function mebibytes(number: number | undefined): number | null {
  return number === undefined ? null : Math.round(number * MIB);
}
