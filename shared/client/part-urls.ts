import { PartUrls, type PresignedRequest } from "../contracts/asset.ts";
import { ReelwayError } from "../errors/reelway-error.ts";
import { pathOf } from "./http.ts";
import type { UploadSession } from "./put-patiently.ts";

interface PartUrl {
  readonly request: PresignedRequest;
  /** What the URL is bound to; undefined where the part's MD5 can't be had. */
  readonly md5: string | undefined;
}

/** Presigned URLs for parts, asked for in batches of up to `atOnce` in the order in which they will be used. */
export function partUrls(
  session: UploadSession,
  waiting: readonly number[],
  md5Of: (part: number) => Promise<string> | undefined,
  atOnce: number,
) {
  const known = new Map<number, PartUrl>();
  const digests = new Map<number, string | undefined>();
  const ask = async (numbers: number[]): Promise<void> => {
    for (const number of numbers) if (!digests.has(number)) digests.set(number, await md5Of(number));
    const parts = numbers.map((partNumber) => {
      const md5 = digests.get(partNumber);
      return md5 === undefined ? partNumber : { partNumber, md5 };
    });
    const answer = await session.http.json({
      method: "POST",
      path: pathOf`/assets/${session.assetId}/parts`,
      body: { parts },
      repeatable: true,
      schema: PartUrls,
      signal: session.signal,
    });
    for (const { partNumber, request } of answer.parts)
      known.set(partNumber, { request, md5: digests.get(partNumber) });
  };
  const unasked = new Set(waiting);
  const batchWith = (part: number): number[] => {
    unasked.delete(part);
    const batch = [part, ...[...unasked].slice(0, atOnce - 1)];
    for (const one of batch) unasked.delete(one);
    return batch;
  };
  let asking: Promise<void> = Promise.resolve();
  const get = async (part: number): Promise<PartUrl> => {
    asking = asking.then(() => (known.has(part) ? undefined : ask(batchWith(part))));
    await asking;
    const url = known.get(part);
    if (!url) throw new ReelwayError("internal", `The control plane signed no URL for part ${part}.`);
    return url;
  };
  return {
    take: get,
    renew: (part: number) => {
      known.delete(part);
      return get(part);
    },
  };
}
