import { availableParallelism } from "node:os";
import type { Device, ProvenDevice } from "../ffmpeg/arguments/devices/device.ts";
import type { FfmpegTools } from "../ffmpeg/tools.ts";
import {
  deviceKey,
  type KeptDevice,
  type KeptProof,
  type KeptSoftware,
  softwareKey,
  triedAgainAt,
} from "./proof-cache.ts";
import { inProofRoom, type ProofPlace } from "./proof-room.ts";
import { proveEncoders } from "./prove.ts";
import { type ProveOptions, proveDevice } from "./prove-device.ts";
import { proveSessions, type SessionProof } from "./prove-sessions.ts";
import type { ProofMeans } from "./run-proof.ts";
import { SampleClips } from "./sample-clips.ts";

export interface HostProofOptions {
  readonly tools: FfmpegTools;
  readonly place: ProofPlace;
  /** How long one proving run may take, milliseconds. */
  readonly timeoutMs: number;
  /** Proves everything again, whatever is known. */
  readonly anew: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Software's encoders: what is known of this ffmpeg, and anew those that did not end in time, or made other pictures. */
export async function proveSoftware(
  known: KeptSoftware | undefined,
  { tools, place, timeoutMs, anew }: HostProofOptions,
): Promise<KeptSoftware> {
  const key = await softwareKey(tools, place.sandbox.finding);
  const before = anew || known?.key !== key ? null : known;
  const open = before && [...before.late, ...before.wrong];
  if (open?.length === 0 && before !== null) return before;
  const isWanted = (name: string) => open === null || open.includes(name);
  const { encoders, late, wrong } = await inProofRoom(place, (room) =>
    proveEncoders(tools, { room, timeoutMs }, availableParallelism(), isWanted),
  );
  const all = [...(before?.encoders ?? []), ...encoders];
  return { key, encoders: all.sort(), late: [...late].sort(), wrong: [...wrong].sort() };
}

/**
 * These devices: what is known of them, and anew what is not, or fell short a while ago for what may pass. Side by side,
 * since what one does takes nothing from another; but for their sessions, which some share.
 */
export async function proveDevices(
  devices: readonly Device[],
  known: Pick<KeptProof, "devices"> | null,
  options: HostProofOptions,
): Promise<KeptDevice[]> {
  const looked = await Promise.all(devices.map((device) => lookUp(device, known, options)));
  if (looked.every(({ isDue }) => !isDue)) return looked.flatMap(({ before }) => before ?? []);
  return inProofRoom(options.place, (room) => proveDue(looked, { room, timeoutMs: options.timeoutMs }, options));
}

/** A device with what is known of it. */
interface LookedUp {
  readonly device: Device;
  readonly key: string;
  readonly before: KeptDevice | undefined;
  /** Whether it is to be proved. */
  readonly isDue: boolean;
}

async function lookUp(
  device: Device,
  known: Pick<KeptProof, "devices"> | null,
  { tools, place, anew, now }: HostProofOptions,
): Promise<LookedUp> {
  const key = await deviceKey(tools, device, place.sandbox.finding);
  const before = known?.devices.find((kept) => kept.key === key);
  const againAt = before && (triedAgainAt(before) ?? Number.POSITIVE_INFINITY);
  return { device, key, before, isDue: anew || againAt === undefined || againAt <= now() };
}

async function proveDue(
  looked: readonly LookedUp[],
  means: ProofMeans,
  options: HostProofOptions,
): Promise<KeptDevice[]> {
  const clips = new SampleClips(options.tools, means);
  try {
    const proved = await Promise.all(
      looked.map(async (one) => {
        const { before, isDue } = one;
        return { before, kept: before && !isDue ? before : await proveOne(one, { clips, means }, options) };
      }),
    );
    const made: KeptDevice[] = [];
    for (const { kept, before } of proved)
      made.push(kept === before ? kept : await withSessions(kept, before, means, options));
    return made;
  } finally {
    await clips.settled();
  }
}

/** What a device did before it can do again, once whatever keeps it from that has passed. */
async function proveOne(
  { device, key, before }: LookedUp,
  { clips, means }: Pick<ProveOptions, "clips" | "means">,
  { tools, anew, now }: HostProofOptions,
): Promise<KeptDevice> {
  const { proven, report } = await proveDevice(device, { tools, clips, means });
  const shortfalls = report.passing ? (before?.shortfalls ?? 0) + 1 : 0;
  const did = before?.proven;
  const isLess = did !== undefined && !anew && report.passing && skillsOf(proven) < skillsOf(did);
  return { proven: isLess ? did : proven, report, key, provedAt: now(), shortfalls };
}

/** How much a device was seen to do. */
function skillsOf({ encoders, decoders, filters }: ProvenDevice): number {
  const formats = [...encoders, ...decoders].reduce((sum, one) => sum + one.formats.length, 0);
  return formats + Object.keys(filters).length;
}

/** Its sessions; of what it was seen to do before and now the most: fewer only means that others hold some. */
async function withSessions(
  kept: KeptDevice,
  before: KeptDevice | undefined,
  means: ProofMeans,
  { tools }: HostProofOptions,
): Promise<KeptDevice> {
  const proof = await proveSessions(kept.proven, { tools, means });
  if (proof === null) return kept;
  const isSeen = before !== undefined && before.proven.encoders.length > 0;
  const sessions = moreOf(isSeen ? before.proven.sessions : undefined, proof.sessions);
  const report = { ...kept.report, entries: [...kept.report.entries, proof.entry] };
  return { ...kept, report, proven: { ...kept.proven, sessions } };
}

/** Null has no end, undefined is not known: then no end is known either. */
function moreOf(a: SessionProof["sessions"], b: SessionProof["sessions"]): ProvenDevice["sessions"] {
  if (a === undefined || b === undefined) return a ?? b ?? null;
  if (a === null || b === null) return null;
  return a.most > b.most ? a : b;
}
