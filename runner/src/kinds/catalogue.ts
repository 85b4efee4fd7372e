import { JobKind } from "@reelway/shared/contracts/job-spec";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { fetch } from "./fetch.ts";
import type { Kind } from "./kind.ts";
import { probe } from "./probe.ts";
import { stream } from "./stream.ts";
import { thumbnails } from "./thumbnails.ts";
import { transcode } from "./transcode.ts";

const kinds: Readonly<Record<JobKind, Kind>> = { transcode, stream, thumbnails, probe, fetch };

/** The names of every kind that this runner does. */
export const kindNames: readonly string[] = Object.keys(kinds);

/** The work behind a kind's name. Throws unknown_kind: a newer control plane may know more kinds than this runner. */
export function kindOf(name: string): Kind {
  const known = JobKind.safeParse(name);
  if (!known.success) throw new ReelwayError("unknown_kind", `this runner does not know the kind ${name}`);
  return kinds[known.data];
}
