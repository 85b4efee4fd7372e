import { limits } from "../limits.ts";
import { type DeviceWork, hardwareCapability, readHardware } from "./hardware-need.ts";

/** Whether what needs this is in good hands where these capabilities are: it is among them, or a device does more of it at once. */
export function meets(capabilities: ReadonlySet<string>, need: string): boolean {
  return capabilities.has(need) || orMore(need).some((word) => capabilities.has(word));
}

/**
 * What is left of these capabilities without those that are taken. A word for a device stands there for that many and more:
 * of `hardware:h264.x8` without `hardware:h264.x3` two at once are left.
 */
export function without(capabilities: readonly string[], taken: readonly string[]): ReadonlySet<string> {
  const left = new Set(capabilities);
  for (const word of taken) {
    const gone = [word, ...orMore(word)].filter((each) => left.delete(each));
    const work = readHardware(word);
    if (gone.length > 0 && work !== null && work.atOnce > 1) left.add(withCount(work, work.atOnce - 1));
  }
  return left;
}

/** The words for more of the same at once, on one device. */
function orMore(word: string): string[] {
  const work = readHardware(word);
  if (work === null) return [];
  return Array.from({ length: limits.rungs - work.atOnce }, (_, more) => withCount(work, work.atOnce + more + 1));
}

function withCount(work: DeviceWork, atOnce: number): string {
  return hardwareCapability({ ...work, atOnce });
}
