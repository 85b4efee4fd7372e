import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { cpus, release } from "node:os";
import { basename, join } from "node:path";
import type { Device, FamilyName } from "../ffmpeg/arguments/devices/device.ts";
import type { VulkanCard } from "./list-vulkan-cards.ts";

/** Devices that are named by hand instead of looked for. */
export interface NamedDevice {
  readonly family: FamilyName;
  /** As ffmpeg opens it: `0`, `/dev/dri/renderD128`. */
  readonly address: string;
}

export interface ListOptions {
  /** `auto` looks for them. */
  readonly wanted: "auto" | readonly NamedDevice[];
  /** What Vulkan found, in its own count. */
  readonly vulkan?: readonly VulkanCard[];
  /** Where the system's files lie; `/` but in tests. */
  readonly root?: string;
  readonly platform?: NodeJS.Platform;
}

/** The host's devices in the order in which they are tried. Listed is not proved. */
export async function listDevices({
  wanted,
  vulkan = [],
  root = "/",
  platform = process.platform,
}: ListOptions): Promise<Device[]> {
  // Cores that call themselves a card are used where they are named, and not found: software is better at it.
  const cards = wanted === "auto" ? vulkan.filter(({ isSoftware }) => !isSoftware) : vulkan;
  const found =
    platform === "darwin"
      ? [appleDevice()]
      : [...(await nvidiaDevices(root)), ...(await renderDevices(root)), ...(await vulkanDevices(root, cards))];
  if (wanted === "auto") return found;
  return wanted.map(
    ({ family, address }) =>
      found.find((device) => device.family === family && device.address === address) ?? {
        ...{ id: idOf(family, address), family, address },
        ...{ name: "named in DEVICES", driver: release() },
      },
  );
}

function idOf(family: FamilyName, address: string): string {
  return address === "" ? family : `${family}-${basename(address)}`;
}

/** CUDA counts the cards that it is let see, in the order of their slots: so do the nodes. */
async function nvidiaDevices(root: string): Promise<Device[]> {
  const minors = (await namesIn(join(root, "dev")))
    .flatMap((name) => /^nvidia(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const version = await textOf(join(root, "proc/driver/nvidia/version"));
  const driver = / (\d+\.[\d.]+) /.exec(version)?.[1] ?? "unknown";
  const models = await nvidiaModels(root);
  return minors.map((minor, index) => {
    const address = String(index);
    const device = { id: idOf("nvidia", address), family: "nvidia" as const, address, name: "NVIDIA" };
    return { ...device, driver: `nvidia ${driver}`, ...models.get(minor) };
  });
}

async function nvidiaModels(root: string): Promise<ReadonlyMap<number, Pick<Device, "name" | "model">>> {
  const directory = join(root, "proc/driver/nvidia/gpus");
  const models = new Map<number, Pick<Device, "name" | "model">>();
  for (const slot of await namesIn(directory)) {
    const text = await textOf(join(directory, slot, "information"));
    const minor = /^Device Minor:\s*(\d+)/m.exec(text)?.[1];
    const name = /^Model:\s*(.+)$/m.exec(text)?.[1]?.trim();
    const number = await textOf(join(root, "sys/bus/pci/devices", slot, "device"));
    if (minor !== undefined && name !== undefined) models.set(Number(minor), { name, ...modelOf(number) });
  }
  return models;
}

/** The number of a model as the system's files have it: `0x744c`. */
function modelOf(number: string): Pick<Device, "model"> {
  const model = /^0x([0-9a-f]+)$/.exec(number.trim())?.[1];
  return model === undefined ? {} : { model };
}

const vendors: Readonly<Record<string, { readonly name: string; readonly families: readonly FamilyName[] }>> = {
  "0x8086": { name: "Intel", families: ["qsv", "vaapi"] },
  "0x1002": { name: "AMD", families: ["vaapi", "amf"] },
  // Reached by CUDA.
  "0x10de": { name: "NVIDIA", families: [] },
};

async function renderDevices(root: string): Promise<Device[]> {
  const nodes = (await namesIn(join(root, "dev/dri"))).filter((name) => /^renderD\d+$/.test(name)).sort();
  const listed = await Promise.all(nodes.map((node) => renderDevice(root, node)));
  // One family after the other: the better way to one card goes before the worse way to another.
  return (["qsv", "vaapi", "amf"] as const).flatMap((family) => listed.flat().filter((one) => one.family === family));
}

async function renderDevice(root: string, node: string): Promise<Device[]> {
  const system = join(root, "sys/class/drm", node, "device");
  const [vendor, model, driver] = await Promise.all([
    textOf(join(system, "vendor")),
    textOf(join(system, "device")),
    readlink(join(system, "driver")).then(basename, () => "unknown"),
  ]);
  const known = vendors[vendor.trim()] ?? { name: vendor.trim() || "unknown", families: ["vaapi"] };
  const address = `/dev/dri/${node}`;
  return known.families.map((family) => ({
    ...{ id: idOf(family, address), family, address },
    name: `${known.name} ${model.trim().replace(/^0x/, "")}`.trim(),
    // Drivers in the kernel's own tree have no version but its.
    driver: `${driver}, Linux ${release()}`,
    ...modelOf(model),
  }));
}

async function vulkanDevices(root: string, cards: readonly VulkanCard[]): Promise<Device[]> {
  const driver = cards.length === 0 ? "" : await vulkanDriver(root);
  return cards.map((card) => ({
    ...{
      id: idOf("vulkan", String(card.index)),
      family: "vulkan",
      address: String(card.index),
      name: card.name,
      driver,
    },
    ...(card.model !== null && { model: card.model }),
  }));
}

/** Nothing tells the versions of Vulkan's drivers; a new one is a new file. */
async function vulkanDriver(root: string): Promise<string> {
  const directories = ["usr/share/vulkan/icd.d", "etc/vulkan/icd.d"].map((name) => join(root, name));
  const files = await Promise.all(
    directories.map(async (directory) => (await namesIn(directory)).map((name) => join(directory, name))),
  );
  const times = await Promise.all(
    files.flat().map((file) =>
      stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  const newest = new Date(Math.max(0, ...times)).toISOString().slice(0, 10);
  return `Vulkan of ${newest}, Linux ${release()}`;
}

function appleDevice(): Device {
  const name = cpus()[0]?.model ?? "Apple";
  return { id: "videotoolbox", family: "videotoolbox", address: "", name, driver: `Darwin ${release()}` };
}

function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
