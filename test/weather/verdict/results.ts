import type { Facts } from "../examine/facts.ts";
import type { Check } from "./check.ts";

/** Encoders pad sound, and containers round. */
const secondsTolerance = 0.35;

/** A manifest's objects exist, as large as it says and with the digest it says (invariant 3). */
export function promisedIsThere({ stored, bucket }: Pick<Facts, "stored" | "bucket">): Check {
  return {
    name: "every object that a manifest lists is in the bucket, with its size and digest",
    looked: stored.promised.length,
    findings: stored.promised.flatMap(({ jobId, key, bytes, etag }) => {
      const found = bucket.get(key);
      if (found === undefined) return [`${jobId}: ${key} is missing`];
      return found.bytes === bytes && found.etag === etag ? [] : [`${jobId}: ${key} is another`];
    }),
  };
}

/** What succeeded decodes, to as much as its source holds (invariant 7 for streams). */
export function resultsDecode({ told, results }: Pick<Facts, "told" | "results">): Check {
  const expected = new Map(told.jobs.map((job) => [job.id, job.expected]));
  return {
    name: "every result decodes to the length and the pictures of its source",
    looked: results.length,
    findings: results.flatMap(({ jobId, seconds, frames, error }) => {
      const wanted = expected.get(jobId);
      if (error !== null) return [`${jobId}: ${error}`];
      if (wanted?.state !== "succeeded") return [];
      const isLong = wanted.seconds === undefined || Math.abs((seconds ?? 0) - wanted.seconds) <= secondsTolerance;
      const isWhole = wanted.frames === undefined || wanted.frames === frames;
      return isLong && isWhole ? [] : [`${jobId}: ${seconds} s and ${frames} pictures`];
    }),
  };
}

/** What nothing points to, and no sweep will delete, would lie there for ever. */
export function nothingStranded({ stored, bucket }: Pick<Facts, "stored" | "bucket">): Check {
  const known = new Set(stored.knownPrefixes.map((prefix) => prefix.replace(/\/$/, "")));
  const isKnown = (key: string) => {
    const steps = key.split("/");
    return steps.some((_, count) => known.has(steps.slice(0, count + 1).join("/")));
  };
  return {
    name: "nothing lies in the bucket that nothing points to and no sweep will delete",
    looked: bucket.size,
    findings: [...bucket.keys()].filter((key) => !isKnown(key)).map((key) => `${key} is nobody's`),
  };
}
