import type { DeliveryReport, StoredPart } from "@reelway/shared/contracts/manifest";

/** What all tasks of a stream put into the tenant's own bucket, the last one's own report included. */
export function deliveredByAll(
  last: DeliveryReport | undefined,
  parts: Iterable<Pick<StoredPart, "delivery">>,
): DeliveryReport | undefined {
  if (last === undefined) return undefined;
  const all = [last, ...[...parts].flatMap(({ delivery }) => delivery ?? [])];
  const sum = (what: "files" | "bytes") => all.reduce((total, report) => total + report[what], 0);
  return { ...last, files: sum("files"), bytes: sum("bytes") };
}
