import type { PackageReport, RenditionReport } from "@reelway/shared/contracts/package-report";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";

/**
 * Holds all that was packaged against the plan: each rendition is there, from its first segment to its last without a gap.
 * Throws output_invalid.
 */
export function checkReports(reports: readonly PackageReport[], { video, audio, chunks }: StreamPlan): void {
  const made = new Map<string, RenditionReport["segments"]>();
  for (const { id, segments } of reports.flatMap(({ renditions }) => renditions)) {
    const known = made.get(id);
    if (known === undefined) made.set(id, [...segments]);
    else known.push(...segments);
  }
  const planned = [...(video?.renditions ?? []), ...audio].map(({ id }) => id);
  const stranger = [...made.keys()].find((id) => !planned.includes(id));
  if (stranger !== undefined) throw new ReelwayError("output_invalid", `${stranger} is in no plan`);
  const end = chunks.at(-1)?.end;
  for (const id of planned) {
    const segments = (made.get(id) ?? []).sort((a, b) => a.number - b.number);
    const fault = faultOf(segments, id.startsWith("video-") ? end : undefined);
    if (fault !== null) throw new ReelwayError("output_invalid", `${id} ${fault}`);
  }
}

function faultOf(segments: RenditionReport["segments"], end: number | undefined): string | null {
  const last = segments.at(-1);
  if (last === undefined) return "was not packaged";
  const torn = segments.find(({ number, start }, index) => {
    const before = segments[index - 1];
    return number !== index + 1 || (before !== undefined && before.start + before.duration !== start);
  });
  if (torn !== undefined) return `has segment ${torn.number} where another was expected`;
  const madeEnd = last.start + last.duration;
  return end === undefined || madeEnd === end ? null : `ends at ${madeEnd}, not at ${end}`;
}
