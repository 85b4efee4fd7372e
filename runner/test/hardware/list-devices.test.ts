import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readConfig } from "../../src/config.ts";
import { listDevices } from "../../src/hardware/list-devices.ts";
import { cardsIn } from "../../src/hardware/list-vulkan-cards.ts";

/** A system's files of devices, as they lie below its root. */
async function host(
  files: Readonly<Record<string, string>>,
  links: Readonly<Record<string, string>> = {},
): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "reelway-host-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const place = async (path: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    return join(root, path);
  };
  for (const [path, text] of Object.entries(files)) await writeFile(await place(path), text);
  for (const [path, target] of Object.entries(links)) await symlink(target, await place(path));
  return root;
}

const nvidia = {
  "dev/nvidia0": "",
  "dev/nvidia1": "",
  "dev/nvidiactl": "",
  "dev/nvidia-uvm": "",
  "proc/driver/nvidia/version":
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version:  12.2.0\n",
  "proc/driver/nvidia/gpus/0000:01:00.0/information": "Model: \t\t NVIDIA L4\nIRQ:   \t\t 90\nDevice Minor: \t 0\n",
  "sys/bus/pci/devices/0000:01:00.0/device": "0x27b8\n",
  "proc/driver/nvidia/gpus/0000:41:00.0/information": "Model: \t\t NVIDIA T4\nDevice Minor: \t 1\n",
};
const intel = {
  "dev/dri/renderD128": "",
  "dev/dri/card0": "",
  "sys/class/drm/renderD128/device/vendor": "0x8086\n",
  "sys/class/drm/renderD128/device/device": "0x56a0\n",
};
const amd = {
  "dev/dri/renderD129": "",
  "sys/class/drm/renderD129/device/vendor": "0x1002\n",
  "sys/class/drm/renderD129/device/device": "0x744c\n",
};

const linux = { wanted: "auto", platform: "linux" } as const;

describe("listDevices", () => {
  it("finds every card of a host, each by itself", async () => {
    const devices = await listDevices({ ...linux, root: await host(nvidia) });
    expect(devices).toEqual([
      { id: "nvidia-0", family: "nvidia", address: "0", name: "NVIDIA L4", driver: "nvidia 550.54.15", model: "27b8" },
      { id: "nvidia-1", family: "nvidia", address: "1", name: "NVIDIA T4", driver: "nvidia 550.54.15" },
    ]);
  });

  it("counts only the cards that a container is given, as CUDA does", async () => {
    const { "dev/nvidia0": _, ...rest } = nvidia;
    const devices = await listDevices({ ...linux, root: await host(rest) });
    expect(devices.map(({ address, name }) => [address, name])).toEqual([["0", "NVIDIA T4"]]);
  });

  it("reaches an Intel one by both its ways, an AMD one by VAAPI first", async () => {
    const driver = { "sys/class/drm/renderD128/device/driver": "../../../bus/pci/drivers/i915" };
    const devices = await listDevices({ ...linux, root: await host({ ...intel, ...amd }, driver) });
    expect(devices.map(({ id, name }) => [id, name])).toEqual([
      ["qsv-renderD128", "Intel 56a0"],
      ["vaapi-renderD128", "Intel 56a0"],
      ["vaapi-renderD129", "AMD 744c"],
      ["amf-renderD129", "AMD 744c"],
    ]);
    expect(devices[0]?.driver).toMatch(/^i915, Linux /);
  });

  const radeon = { index: 0, name: "AMD Radeon RX 7900 XTX (RADV NAVI31)", model: "744c", isSoftware: false };
  const cores = { index: 1, name: "llvmpipe (LLVM 15.0.6, 256 bits)", model: null, isSoftware: true };

  it("lists what Vulkan finds last, by Vulkan's own count, and no cores that call themselves a card", async () => {
    const root = await host({ ...amd, "usr/share/vulkan/icd.d/radeon_icd.x86_64.json": "{}" });
    const devices = await listDevices({ ...linux, root, vulkan: [radeon, cores] });
    expect(devices.map(({ id, model }) => [id, model])).toEqual([
      ["vaapi-renderD129", "744c"],
      ["amf-renderD129", "744c"],
      ["vulkan-0", "744c"],
    ]);
    // A driver that is another one is another file.
    expect(devices.at(-1)?.driver).toMatch(/^Vulkan of 20\d\d-\d\d-\d\d, Linux /);
    const wanted = [{ family: "vulkan", address: "1" }] as const;
    expect(await listDevices({ ...linux, wanted, root, vulkan: [radeon, cores] })).toMatchObject([
      { id: "vulkan-1", name: cores.name },
    ]);
  });

  it("reads Vulkan's cards as ffmpeg lists them", () => {
    const log = [
      "[Vulkan @ 0x55928ce22d40] GPU listing:",
      "[Vulkan @ 0x55928ce22d40]     0: AMD Radeon RX 7900 XTX (RADV NAVI31) (discrete) (0x744c)",
      "[Vulkan @ 0x55928ce22d40]     1: Intel(R) Graphics (ADL GT2) (integrated) (0x46a6)",
      "[AVHWDeviceContext @ 0x5571a5825900]     2: llvmpipe (LLVM 15.0.6, 256 bits) (software) (0x0)",
      "[Vulkan @ 0x55928ce22d40] Unable to find device with index 9999!",
    ].join("\n");
    expect(cardsIn(log)).toEqual([
      radeon,
      { index: 1, name: "Intel(R) Graphics (ADL GT2)", model: "46a6", isSoftware: false },
      { ...cores, index: 2 },
    ]);
  });

  it("leaves NVIDIA's render nodes to CUDA, and tries unknown ones", async () => {
    const node = (vendor: string) => ({
      "dev/dri/renderD128": "",
      "sys/class/drm/renderD128/device/vendor": vendor,
    });
    expect(await listDevices({ ...linux, root: await host(node("0x10de\n")) })).toEqual([]);
    const [unknown] = await listDevices({ ...linux, root: await host(node("0x1af4\n")) });
    expect(unknown).toMatchObject({ id: "vaapi-renderD128", family: "vaapi" });
  });

  it("finds nothing on a host without any, and VideoToolbox on every Mac", async () => {
    const root = await host({});
    expect(await listDevices({ ...linux, root })).toEqual([]);
    expect(await listDevices({ wanted: "auto", platform: "darwin", root })).toMatchObject([{ id: "videotoolbox" }]);
  });

  it("uses what it is told to use, found or not", async () => {
    const root = await host({ ...nvidia, ...intel });
    const wanted = [
      { family: "vaapi", address: "/dev/dri/renderD128" },
      { family: "nvidia", address: "7" },
    ] as const;
    expect(await listDevices({ ...linux, wanted, root })).toMatchObject([
      { id: "vaapi-renderD128", name: "Intel 56a0" },
      { id: "nvidia-7", name: "named in DEVICES" },
    ]);
    expect(await listDevices({ ...linux, wanted: [], root })).toEqual([]);
  });
});

describe("DEVICES", () => {
  const devicesOf = (DEVICES?: string) =>
    readConfig({ REELWAY_URL: "http://localhost", RUNNER_REGION: "weur", DEVICES }).devices;

  it("is auto, none or a list", () => {
    expect(devicesOf()).toBe("auto");
    expect(devicesOf("none")).toEqual([]);
    expect(devicesOf("nvidia:0, vaapi:/dev/dri/renderD129, vulkan:1")).toEqual([
      { family: "nvidia", address: "0" },
      { family: "vaapi", address: "/dev/dri/renderD129" },
      { family: "vulkan", address: "1" },
    ]);
  });

  it.each(["nvidia:../x", "toaster:1", "vaapi:/etc/passwd", "auto,nvidia:0"])("is not %s", (text) => {
    expect(() => devicesOf(text)).toThrow(/DEVICES/);
  });
});
