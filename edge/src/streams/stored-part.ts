import { type Manifest, type OutputFile, StoredPart } from "@reelway/shared/contracts/manifest";
import type { ReusedStream } from "@reelway/shared/contracts/reused-stream";
import type { StreamPlan, StreamTitle } from "@reelway/shared/contracts/stream-plan";
import { sanitised } from "../leases/sanitised.ts";

/** Where a part lies, and what it is a part of. */
export interface PartPlace {
  readonly prefix: string;
  readonly planSha256: string;
  readonly weight: number;
  /** Which parts it was made of, where it was. */
  readonly madeOf?: string;
}

/** What is known of a stream once it is planned. */
export interface Planned {
  readonly title: StreamTitle;
  readonly reused?: ReusedStream;
}

/** What is kept of a part: its segments in as few words as will do, the rest as it was reported. */
export function storedPartOf(
  { execution, report, source, delivery, factors, quality }: Manifest,
  outputs: readonly OutputFile[],
  place: PartPlace,
  planned?: Planned,
): StoredPart {
  const isSegment = ({ role }: OutputFile) => role === "segment";
  return StoredPart.parse(
    sanitised({
      ...place,
      outputs: outputs.filter((file) => !isSegment(file)),
      segments: outputs.filter(isSegment).map(({ name, bytes, etag }) => [name, bytes, etag]),
      ...(execution && { execution }),
      ...(report && { report }),
      ...(source && { source }),
      ...(delivery && { delivery }),
      ...(factors && { factors }),
      ...(quality && { quality }),
      ...planned,
    }),
  );
}

export function titleOf({
  source: _source,
  thumbnails: _thumbnails,
  version: _version,
  chunks,
  ...title
}: StreamPlan): StreamTitle {
  return { ...title, chunks: chunks.length };
}
