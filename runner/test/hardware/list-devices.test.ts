import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readConfig } from "../../src/config.ts";
import { listDevices } from "../../src/hardware/list-devices.ts";

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
      { id: "nvidia-0", family: "nvidia", address: "0", name: "NVIDIA L4", driver: "nvidia 550.54.15" },
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
    expect(devicesOf("nvidia:0, vaapi:/dev/dri/renderD129")).toEqual([
      { family: "nvidia", address: "0" },
      { family: "vaapi", address: "/dev/dri/renderD129" },
    ]);
  });

  it.each(["nvidia:../x", "toaster:1", "vaapi:/etc/passwd", "auto,nvidia:0"])("is not %s", (text) => {
    expect(() => devicesOf(text)).toThrow(/DEVICES/);
  });
});
