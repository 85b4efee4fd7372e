import type { PackageReport, RenditionReport } from "@reelway/shared/contracts/package-report";

/** What all parts packaged of each rendition, by its id, with the segments in their order. */
export function joinedRenditions(reports: readonly PackageReport[]): ReadonlyMap<string, RenditionReport> {
  const parts = Map.groupBy(
    reports.flatMap(({ renditions }) => renditions),
    ({ id }) => id,
  );
  return new Map(
    [...parts].flatMap(([id, [first, ...more]]) => {
      if (first === undefined) return [];
      const segments = [first, ...more].flatMap((part) => part.segments).sort((a, b) => a.number - b.number);
      return [[id, { ...first, segments }] as const];
    }),
  );
}

/** When its first segment begins, seconds. */
export function startSecondsOf({ timescale, segments }: RenditionReport): number {
  return (segments[0]?.start ?? 0) / timescale;
}

/** When its last segment ends, seconds. */
export function endSecondsOf({ timescale, segments }: RenditionReport): number {
  const last = segments.at(-1);
  return last === undefined ? 0 : (last.start + last.duration) / timescale;
}

/** Its init segment included. */
export function bytesOf({ initBytes, segments }: RenditionReport): number {
  return segments.reduce((sum, { bytes }) => sum + bytes, initBytes);
}
