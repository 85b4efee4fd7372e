import type { OutputFile } from "@reelway/shared/contracts/manifest";
import { planFiles, StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { toHex } from "../encoding/hex.ts";
import type { CommittedPlan } from "./plan-tasks.ts";

/** A film of a day in chunks of eight seconds, with room to spare. */
const planBytesMax = 16 * 1024 * 1024;

/** The plan that a task wrote below `prefix`, taken at its bytes. Throws `output_refused` where it is none. */
export async function readPlan(
  bucket: R2Bucket,
  prefix: string,
  outputs: readonly OutputFile[],
): Promise<CommittedPlan> {
  const file = outputs.find(({ name }) => name === planFiles.plan);
  if (!file) throw new ReelwayError("output_refused", `a plan is a file ${planFiles.plan}`);
  if (file.bytes > planBytesMax) throw new ReelwayError("output_refused", "the plan is too large to be one");
  const object = await bucket.get(prefix + file.name, { onlyIf: { etagMatches: file.etag } });
  if (!object || !("body" in object)) throw new ReelwayError("manifest_mismatch", `${file.name} is not in the bucket`);
  const bytes = await object.arrayBuffer();
  const parsed = StreamPlan.safeParse(jsonIn(bytes));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ReelwayError("output_refused", `the plan is not valid: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  const sha256 = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
  return { plan: parsed.data, sha256, prefix, outputs };
}

function jsonIn(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
