import type { PackageReport, RenditionReport } from "@reelway/shared/contracts/package-report";
import type { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { joinedRenditions } from "./joined-renditions.ts";

/**
 * Holds all that was packaged against the plan: each rendition is there, from its first segment to its last without a gap.
 * Throws output_invalid.
 */
export function checkReports(reports: readonly PackageReport[], { video, audio, chunks }: StreamPlan): void {
  const made = joinedRenditions(reports);
  const planned = [...(video?.renditions ?? []), ...audio].map(({ id }) => id);
  const stranger = [...made.keys()].find((id) => !planned.includes(id));
  if (stranger !== undefined) throw new ReelwayError("output_invalid", `${stranger} is in no plan`);
  const end = chunks.at(-1)?.end;
  const empty = new Set(reports.flatMap((report) => report.empty ?? []));
  for (const id of planned) {
    if (empty.has(id) && !made.has(id)) continue;
    const segments = made.get(id)?.segments ?? [];
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
