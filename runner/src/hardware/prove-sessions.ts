import type { ProvenDevice } from "../ffmpeg/arguments/devices/device.ts";
import { families } from "../ffmpeg/arguments/devices/families.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import { sideBySideArguments } from "./device-arguments.ts";
import { deviceFaultIn } from "./device-faults.ts";
import type { ProofEntry } from "./proof-report.ts";
import { type ProofMeans, type ProofRun, runProof } from "./run-proof.ts";

export interface SessionProof {
  /** Undefined where the device failed for another reason than their number. */
  readonly sessions: ProvenDevice["sessions"] | undefined;
  readonly entry: ProofEntry;
}

/** A device that does so many at once is taken to have no end. Drivers' limits lie below. */
const many = 16;
const subject = "sessions";

/**
 * How many pictures a device encodes at once: all together in one run, fewer where its driver refuses. To be done while
 * nothing else encodes on it, one device after the other. Null for a device that encodes nothing.
 */
export async function proveSessions(
  device: ProvenDevice,
  { tools, means }: { readonly tools: FfmpegTools; readonly means: ProofMeans },
): Promise<SessionProof | null> {
  const family = families[device.family];
  const [first] = device.encoders;
  const encoder = family.encoders.find(({ name }) => name === first?.name);
  if (first === undefined || encoder === undefined) return null;
  const candidate = { device, family, vocabulary: tools.vocabulary };
  const attempt = (sessions: number) =>
    runProof(tools.ffmpegPath, sideBySideArguments(candidate, encoder, first.variant, sessions), means);

  const all = await attempt(many);
  if (all.passed) return { sessions: null, entry: said("proved", `${many} at once, no end seen`) };
  const refusal = refusalIn(all);
  if (refusal === null)
    return { sessions: undefined, entry: said("failed", "the number is unknown: DEVICE_SESSIONS sets it") };
  let [passes, fails] = [1, many];
  while (fails - passes > 1) {
    const middle = Math.floor((passes + fails) / 2);
    if ((await attempt(middle)).passed) passes = middle;
    else fails = middle;
  }
  // NVIDIA's driver counts the sessions of all consumer cards of a host together.
  const pool = device.family === "nvidia" ? "nvidia" : device.id;
  return { sessions: { most: passes, pool }, entry: said("proved", `${passes} at once; beyond that ${refusal}`) };
}

function refusalIn({ log }: ProofRun): string | null {
  const fault = deviceFaultIn(log);
  return fault?.kind === "no_session" || fault?.kind === "out_of_memory" ? fault.reason : null;
}

function said(outcome: ProofEntry["outcome"], detail: string): ProofEntry {
  return { subject, outcome, detail, fix: null };
}
