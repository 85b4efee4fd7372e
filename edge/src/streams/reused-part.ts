import type { Manifest, StoredPart } from "@reelway/shared/contracts/manifest";
import type { PackageReport } from "@reelway/shared/contracts/package-report";
import type { PartFactors } from "@reelway/shared/contracts/quality";
import type { ReusedRendition } from "@reelway/shared/contracts/reused-stream";
import type { PlannedVideo } from "@reelway/shared/contracts/stream-plan";
import { partOf } from "@reelway/shared/contracts/stream-step";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { TaskPayload } from "../dispatch/task-of-job.ts";
import type { Env } from "../env.ts";
import { findReusedPart } from "../store/reused-streams.ts";
import type { StreamLease } from "./finished-parts.ts";

type Input = TaskPayload["inputs"][number];

/**
 * What a chunk has in common with another stream: that one's segments, where they lie, under the names that they get here.
 * Nothing where they have been deleted: the chunk is encoded in all its renditions then. Always in the same order.
 */
export async function reusedFiles(env: Env, { stream, tenantId }: TaskPayload): Promise<Input[]> {
  if (stream?.reused === undefined) return [];
  const { jobId, planSha256, renditions } = stream.reused;
  const part = await findReusedPart(env, { tenantId, jobId, planSha256, part: partOf(stream.step) });
  if (part === undefined || part.isErased) return [];
  const { region, stored } = part;
  return segmentsOf(stored, renditions).map(({ name, was, bytes, etag }) => ({
    ...{ role: "reused", region, storageKey: stored.prefix + was, bytes, etag, contentType: "video/mp4", name },
  }));
}

/**
 * A chunk's manifest as if its runner had made all of it: with what the other stream reported of the renditions that were
 * copied. Throws `chunk_mismatch` where a copy differs from it, or nothing shows any more that it does not.
 */
export async function withReused(
  env: Env,
  { payload: { tenantId }, stream: { step, reused } }: StreamLease,
  manifest: Manifest,
): Promise<Manifest> {
  if (step.kind !== "encode" || reused === undefined) return manifest;
  const made = new Set(manifest.report?.renditions.map(({ id }) => id));
  const copied = reused.renditions.filter(({ id }) => !made.has(id));
  if (copied.length === 0) return manifest;
  const { jobId, planSha256 } = reused;
  const part = await findReusedPart(env, { tenantId, jobId, planSha256, part: partOf(step) });
  // Deleted since the lease. The next attempt is given nothing of it, and encodes all.
  if (part === undefined) throw new ReelwayError("chunk_mismatch", `what it took of ${jobId} is not there any more`);
  refuseUnlike(manifest, segmentsOf(part.stored, copied), jobId);
  const factors = factorsOf(manifest.factors, part.stored.factors, copied, step.video);
  return { ...manifest, report: reportOf(manifest.report, part.stored.report, copied, step.video), ...factors };
}

/** The segments of these renditions in a part of the other stream, with the names that they have there and here. */
function segmentsOf({ segments }: StoredPart, renditions: readonly ReusedRendition[]) {
  return renditions.flatMap(({ id, of }) =>
    segments
      .filter(([was]) => was.startsWith(`${of}/`))
      .map(([was, bytes, etag]) => ({ name: id + was.slice(of.length), was, bytes, etag })),
  );
}

const MD5_ETAG = /^[0-9a-f]{32}$/;

/** Each copy is as large as what it was copied from, and has its MD5, where the store knows that. */
function refuseUnlike({ outputs }: Manifest, expected: ReturnType<typeof segmentsOf>, jobId: string): void {
  const files = new Map(outputs.map((file) => [file.name, file]));
  for (const { name, bytes, etag } of expected) {
    const file = files.get(name);
    if (file?.bytes !== bytes || (MD5_ETAG.test(etag) && file.md5 !== etag))
      throw new ReelwayError("chunk_mismatch", `${name} is not as ${jobId} has it`);
  }
}

/** In the order of the plan, as if one engine had reported it. */
function reportOf(
  made: PackageReport | undefined,
  other: PackageReport | undefined,
  copied: readonly ReusedRendition[],
  { renditions }: PlannedVideo,
): PackageReport {
  const report = made ?? other;
  if (report === undefined) throw new ReelwayError("output_refused", "the report of the package is missing");
  const copies = renamed(other?.renditions ?? [], copied);
  return { ...report, renditions: inOrder([...(made?.renditions ?? []), ...copies], renditions) };
}

/** How a target quality was met, of the copies as the other stream found out. */
function factorsOf(
  made: PartFactors | undefined,
  other: PartFactors | undefined,
  copied: readonly ReusedRendition[],
  { renditions }: PlannedVideo,
): Pick<Manifest, "factors"> {
  const factors = made ?? other;
  if (factors === undefined) return {};
  const copies = renamed(other?.renditions ?? [], copied);
  return { factors: { ...factors, renditions: inOrder([...(made?.renditions ?? []), ...copies], renditions) } };
}

/** What the other stream says of those that were copied, by the ids that they get here. */
function renamed<Rendition extends { readonly id: string }>(
  others: readonly Rendition[],
  copied: readonly ReusedRendition[],
): Rendition[] {
  return copied.flatMap(({ id, of }) => {
    const found = others.find((rendition) => rendition.id === of);
    return found === undefined ? [] : [{ ...found, id }];
  });
}

/** Of the planned ones those that there are, in the plan's order; behind them what nobody planned, for others to refuse. */
function inOrder<Rendition extends { readonly id: string }>(
  all: readonly Rendition[],
  planned: PlannedVideo["renditions"],
): Rendition[] {
  const place = ({ id }: Rendition) =>
    planned.findIndex((rendition) => rendition.id === id) + 1 || Number.POSITIVE_INFINITY;
  return [...all].sort((a, b) => place(a) - place(b));
}
