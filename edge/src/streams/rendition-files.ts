import type { RenditionFiles, RenditionFilesRequest } from "@reelway/shared/contracts/grant";
import type { StoredPart } from "@reelway/shared/contracts/manifest";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import { initFile } from "@reelway/shared/streams/rendition-files";
import type { Env } from "../env.ts";
import type { LeaseClaims } from "../leases/token.ts";
import type { Settings } from "../settings.ts";
import { presign } from "../storage/presign.ts";
import { partsOfRendition } from "../store/rendition-parts.ts";
import { finishedParts, type StreamLease, streamLeaseOf } from "./finished-parts.ts";

/** A file of a finished part, and where it lies. The init segment has the number 0. */
interface LyingFile {
  readonly number: number;
  readonly name: string;
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
}

interface Page {
  readonly files: readonly LyingFile[];
  readonly next: number | null;
}

/**
 * GETs for the files of a rendition, from a segment on, for the task that joins them: where they lie is known only now.
 * Throws `lease_lost`, `output_refused` for any other task, `output_not_found` for a rendition that nobody made.
 */
export async function grantRenditionFiles(
  env: Env,
  settings: Settings,
  claims: LeaseClaims,
  wanted: RenditionFilesRequest,
): Promise<RenditionFiles> {
  if (claims.part?.name !== "progressive")
    throw new ReelwayError("output_refused", "Only the task that joins a stream's segments");
  const lease = await streamLeaseOf(env, claims);
  const { files, next } =
    (await storedPage(env, claims, lease, wanted)) ?? (await queuedPage(env, claims, lease, wanted));
  if (files.length === 0) throw new ReelwayError("output_not_found", `Nobody made ${wanted.rendition}`);
  const { region } = lease.payload;
  const granted = files.map(async ({ name, key, bytes, etag }) => ({
    ...{ name, bytes, etag },
    request: await presign(settings, {
      ...{ method: "GET" as const, region, key },
      headers: { "if-match": `"${etag}"` },
      expiresInMs: limits.downloadGrantMs,
    }),
  }));
  return { files: await Promise.all(granted), next };
}

/** As D1 has it, which reads no more than the page; null where the projection has not come so far. */
async function storedPage(
  env: Env,
  { jobId }: LeaseClaims,
  { payload: { region }, stream: { planSha256 } }: StreamLease,
  { rendition, from }: RenditionFilesRequest,
): Promise<Page | null> {
  if (planSha256 === null) return null;
  // One more than a page, so that it is known whether there is a next one.
  const to = from + limits.grantsPerRequest + 1;
  const { parts, reachesEnd } = await partsOfRendition(env, { jobId, planSha256, region }, { rendition, from, to });
  const page = pageOf(parts, rendition, from);
  const isComplete = page.next !== null || reachesEnd;
  return isComplete && page.files.every(({ number }, index) => number === from + index) ? page : null;
}

/** As the queue has it, which is never behind, and sends all of the title. */
async function queuedPage(
  env: Env,
  claims: LeaseClaims,
  lease: StreamLease,
  { rendition, from }: RenditionFilesRequest,
): Promise<Page> {
  return pageOf([...(await finishedParts(env, claims, lease)).values()], rendition, from);
}

function pageOf(parts: readonly StoredPart[], rendition: string, from: number): Page {
  const files = parts.flatMap((part) => filesOf(part, rendition));
  const rest = files.filter(({ number }) => number >= from).sort((a, b) => a.number - b.number);
  return {
    files: rest.slice(0, limits.grantsPerRequest),
    next: rest[limits.grantsPerRequest]?.number ?? null,
  };
}

function filesOf({ prefix, outputs, segments }: StoredPart, rendition: string): LyingFile[] {
  const inits = outputs.filter(({ name }) => name === initFile(rendition));
  const own = segments.flatMap(([name, bytes, etag]) => {
    const [, number] = name.startsWith(`${rendition}/`) ? (/\/seg-(\d+)\./.exec(name) ?? []) : [];
    return number === undefined ? [] : [{ number: Number(number), name, key: prefix + name, bytes, etag }];
  });
  return [...inits.map(({ name, bytes, etag }) => ({ number: 0, name, key: prefix + name, bytes, etag })), ...own];
}
