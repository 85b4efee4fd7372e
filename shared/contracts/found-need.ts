import { type ColorClass, readHardware, type SizeClass } from "./hardware-need.ts";
import { readMemory } from "./memory-tier.ts";
import { CapabilityName } from "./runner.ts";

/** A need that only shows once the source is opened: of a device, whichever maker meets it, or of memory. */
export const FoundNeed = CapabilityName.refine(
  (word) => readHardware(word)?.maker === null || readMemory(word) !== null,
  "must be a need of a device or of memory",
);

/** What a task needs by now: what was found out takes the place of whatever it holds already. */
export function withFound(needs: readonly string[], found: readonly string[]): string[] {
  return [...needs.filter((need) => !found.some((word) => holds(word, need))), ...found];
}

const sizes: readonly SizeClass[] = ["small", "4k"];
const colors: readonly ColorClass[] = ["8bit", "10bit", "hdr10"];

/** Whether a task that needs `word` is known to need no less than `need`. */
function holds(word: string, need: string): boolean {
  const [most, least] = [readMemory(word), readMemory(need)];
  if (most !== null && least !== null) return most >= least;
  const [more, less] = [readHardware(word), readHardware(need)];
  if (more === null || less === null || less.maker !== null) return word === need;
  return (
    more.codec === less.codec &&
    sizes.indexOf(more.size) >= sizes.indexOf(less.size) &&
    colors.indexOf(more.color) >= colors.indexOf(less.color) &&
    more.atOnce >= less.atOnce
  );
}
