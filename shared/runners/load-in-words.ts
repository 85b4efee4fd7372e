import { formatBytes, formatShare } from "../cli/terminal/units.ts";
import type { DeviceLoad, HostLoad } from "../contracts/host-load.ts";
import { withoutControls } from "../contracts/text.ts";

/** How busy a host is, and how fast its tasks go: `cores 12 %, memory 3.1/16.0 GB, 2.4× real time`. */
export function hostInWords({ cpu, memoryUsedBytes, memoryBytes, speed }: HostLoad): string {
  const memory = `memory ${formatShare(memoryUsedBytes, memoryBytes)}`;
  return [`cores ${percent(cpu)}`, memory, ...speedInWords(speed)].join(", ");
}

/** What a device's driver tells of it: `NVIDIA L4: 63 %, encoders 41 %, memory 3.2/24.2 GB, 58 °C`. */
export function deviceInWords(device: DeviceLoad): string {
  const { name, busy, encoder, decoder, memoryUsedBytes, memoryBytes, celsius } = device;
  const told = [
    ...shareInWords("", busy),
    ...shareInWords("encoders ", encoder),
    ...shareInWords("decoders ", decoder),
    ...(memoryUsedBytes === null ? [] : [`memory ${usedInWords(memoryUsedBytes, memoryBytes)}`]),
    ...(celsius === null ? [] : [`${Math.round(celsius)} °C`]),
  ];
  return `${withoutControls(name)}: ${told.length === 0 ? "its driver does not tell" : told.join(", ")}`;
}

/** For a row of a list, in lines: the host, and its devices together; of several the most that any of them has. */
export function loadInShort({ cpu, speed, devices }: HostLoad): string[] {
  const most = (read: (device: DeviceLoad) => number | null) => {
    const told = devices.flatMap((device) => read(device) ?? []);
    return told.length === 0 ? null : Math.max(...told);
  };
  const celsius = most((device) => device.celsius);
  const words = [
    ...shareInWords(
      devices.length === 1 ? "GPU " : `${devices.length} GPUs, at most `,
      most(({ busy }) => busy),
    ),
    ...shareInWords(
      "encoders ",
      most(({ encoder }) => encoder),
    ),
    ...shareInWords("memory ", most(memoryShare)),
    ...(celsius === null ? [] : [`${Math.round(celsius)} °C`]),
  ];
  const host = [`cores ${percent(cpu)}`, ...speedInWords(speed)].join(", ");
  return words.length === 0 ? [host] : [host, words.join(", ")];
}

function memoryShare({ memoryUsedBytes, memoryBytes }: DeviceLoad): number | null {
  return memoryUsedBytes === null || !memoryBytes ? null : memoryUsedBytes / memoryBytes;
}

function usedInWords(used: number, all: number | null): string {
  return all === null ? formatBytes(used) : formatShare(used, all);
}

function speedInWords(speed: number | null): string[] {
  return speed === null ? [] : [`${speed < 10 ? speed.toFixed(1) : Math.round(speed)}× real time`];
}

function shareInWords(of: string, share: number | null): string[] {
  return share === null ? [] : [`${of}${percent(share)}`];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
