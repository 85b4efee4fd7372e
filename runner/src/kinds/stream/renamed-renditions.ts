import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { PackageReport } from "@reelway/shared/contracts/package-report";

/**
 * The engine counts the tracks that it is given: behind one that was left out, folders and reports have too low a number. Gives
 * all of them these ids, which are the planned ones, in the tracks' order.
 */
export async function renamedTo(
  ids: readonly string[],
  report: PackageReport,
  directory: string,
): Promise<PackageReport> {
  const renditions = report.renditions.map((rendition, place) => ({ ...rendition, id: ids[place] ?? rendition.id }));
  // From the last one on, so that none takes the name of one that has not moved yet.
  for (const [place, { id }] of [...renditions.entries()].reverse()) {
    const made = report.renditions[place]?.id;
    if (made !== undefined && made !== id) await rename(join(directory, made), join(directory, id));
  }
  return { ...report, renditions };
}
