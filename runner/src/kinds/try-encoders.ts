import type { EncodeAttempt } from "@reelway/shared/contracts/manifest";
import type { ErrorCode } from "@reelway/shared/errors/catalogue";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import type { Device, ProvenDevice } from "../ffmpeg/arguments/devices/device.ts";
import type { EncoderChoice } from "../ffmpeg/encoder-choice.ts";
import type { Complaint } from "../hardware/device-breakers.ts";
import { deviceFaultIn } from "../hardware/device-faults.ts";
import type { TaskSessions } from "../hardware/device-sessions.ts";
import { evidenceOf } from "../take-home/evidence.ts";
import type { KindContext } from "./kind.ts";

export interface Encoded<Choice, Result> {
  readonly result: Result;
  readonly choice: Choice;
  /** What ran where, in order, and why it did not come to an end there. */
  readonly ran: readonly EncodeAttempt[];
}

/** How a run on a device may end for the device's own sake, whatever its words. Software finds out who was to blame. */
const doubtful: ReadonlySet<ErrorCode> = new Set([
  ...(["encode_failed", "encode_stalled", "output_invalid", "output_empty"] as const),
  ...(["input_unreadable", "input_truncated", "spec_unsupported"] as const),
  // A driver's memory is the host's as well, and its files are nobody's input.
  ...(["out_of_memory", "runner_error"] as const),
]);

/** The host's own trouble, or a limit: no device could do better. */
const elsewhere: ReadonlySet<ErrorCode> = new Set([
  ...(["scratch_full", "output_limit_exceeded", "input_limit_exceeded", "input_hostile"] as const),
  ...(["job_timeout", "sandbox_unavailable"] as const),
]);

export interface Attempts<Choice, Result> {
  /** Best first. */
  readonly choices: readonly Choice[];
  /** Pictures that one attempt encodes side by side: sessions of its device. */
  readonly sessions: number;
  readonly attempt: (choice: Choice) => Promise<Result>;
  /** Throws away what a failed attempt left. */
  readonly tidyUp: () => Promise<void>;
}

/**
 * Has the first encoder that can do it do it: a device that fails costs the job nothing but time, one that refuses the source
 * is asked once more to encode what is decoded in memory, and one whose sessions are taken is passed over, or waited for
 * where nothing else may be used. A fault that is known for a device's speaks against it at once; anything else does so when
 * another encoder then succeeds with the same source.
 * Throws software's own error; device_failed where devices alone may be used and all failed.
 */
export async function tryEncoders<Choice extends EncoderChoice, Result>(
  context: Pick<KindContext, "devices" | "sessions" | "signal" | "log" | "report">,
  { choices, sessions, attempt, tidyUp }: Attempts<Choice, Result>,
): Promise<Encoded<Choice, Result>> {
  const ran: EncodeAttempt[] = [];
  const suspects: { readonly id: string; readonly complaint: Complaint }[] = [];
  let last: unknown;
  let blamed = false;
  for (const left = leastBusyFirst(choices, context.sessions); left.length > 0; ) {
    const { choice, passedOver } = await nextWithRoom(context, left, sessions);
    left.splice(left.indexOf(choice), 1);
    ran.push(...passedOver.filter(({ device }) => !ran.some((known) => known.device === device)));
    const { device } = choice;
    const where = whereOf(choice);
    if (device === null) context.sessions.giveUp();
    try {
      const result = await attempt(choice);
      if (device !== null) context.devices.worked(device.id);
      for (const { id, complaint } of suspects) context.devices.failed(id, complaint);
      return { result, choice, ran: [...ran, { ...where, outcome: "done", reason: null }] };
    } catch (error) {
      const complaint = device === null || context.signal.aborted ? null : complaintOf(error);
      if (device === null || complaint === null) throw error;
      if (complaint.kind === "unknown") suspects.push({ id: device.id, complaint });
      else {
        blamed = true;
        context.devices.failed(device.id, complaint);
      }
      context.log.warn(
        { ...where, kind: complaint.kind, reason: complaint.reason },
        "the device failed, the next takes over",
      );
      ran.push({ ...where, outcome: "failed", reason: complaint.reason.slice(0, limits.reasonLength) });
      last = error;
      await tidyUp();
      if (complaint.kind === "unsupported" && device.decoders.length > 0) left.unshift(decodedInMemory(choice, device));
    }
  }
  // Where no device is known to be ill, what its ffmpeg said of the source stands.
  throw blamed ? deviceFailed(ran, last) : last;
}

/** The same device for a source that its decoders may be the ones to refuse. */
function decodedInMemory<Choice extends EncoderChoice>(choice: Choice, device: ProvenDevice): Choice {
  return { ...choice, device: { ...device, decoders: [] } };
}

/** In the families' order; of several devices of one the least busy goes first. */
function leastBusyFirst<Choice extends EncoderChoice>(choices: readonly Choice[], sessions: TaskSessions): Choice[] {
  const families = choices.map(({ device }) => device?.family);
  const load = ({ device }: Choice) => (device === null ? 0 : sessions.othersOn(device));
  const place = ({ device }: Choice) => families.indexOf(device?.family);
  return choices.toSorted((a, b) => place(a) - place(b) || load(a) - load(b));
}

/** The first that has sessions left, taken; where software may not help, the first that comes to have some. */
async function nextWithRoom<Choice extends EncoderChoice>(
  { sessions: own, signal, log, report }: Pick<KindContext, "sessions" | "signal" | "log" | "report">,
  choices: readonly Choice[],
  sessions: number,
): Promise<{ readonly choice: Choice; readonly passedOver: readonly EncodeAttempt[] }> {
  const first = choices.findIndex(({ device }) => device === null || own.take(device, sessions));
  const choice = choices[first];
  if (choice !== undefined)
    return { choice, passedOver: choices.slice(0, first).map((busy) => ({ ...whereOf(busy), ...allTaken })) };
  log.info({ sessions }, "other tasks hold the devices' sessions: waiting for one");
  report({ percent: 0, fps: null, speed: null, etaSeconds: null, message: "waiting for an encoder session" });
  const devices = choices.flatMap(({ device }) => device ?? []);
  const freed = await own.wait(devices, sessions, signal);
  const waited = choices.find(({ device }) => device?.id === freed.id);
  if (waited === undefined) throw new TypeError("a device came free that nobody waited for");
  return { choice: waited, passedOver: [] };
}

const allTaken = { outcome: "skipped", reason: "other tasks hold its encoder sessions" } as const;

function whereOf({ device, encoder }: EncoderChoice): Pick<EncodeAttempt, "device" | "encoder"> {
  return { device: device === null ? null : deviceName(device), encoder: encoder.name };
}

/** What a failed run says against its device; null where it speaks of something else. */
function complaintOf(error: unknown): Complaint | null {
  if (!(error instanceof ReelwayError) || elsewhere.has(error.code)) return null;
  // Held against its source in software: the device alone can be to blame.
  if (error.code === "output_wrong") return { kind: "wrong", reason: error.detail ?? error.code };
  const fault = deviceFaultIn(`${error.logTail ?? ""}\n${error.detail ?? ""}`);
  if (fault !== null) return fault;
  return doubtful.has(error.code) ? { kind: "unknown", reason: error.detail ?? error.code } : null;
}

function deviceFailed(ran: readonly EncodeAttempt[], cause: unknown): ReelwayError {
  const words = ran.map(({ device, encoder, reason }) => `${encoder} on ${device}: ${reason}`).join("; ");
  const evidence = cause instanceof ReelwayError ? evidenceOf(cause) : {};
  return new ReelwayError("device_failed", words, { cause, ...evidence });
}

/** As people and logs know it: `NVIDIA L4 (nvidia-0)`. */
export function deviceName({ name, id }: Pick<Device, "name" | "id">): string {
  return `${name.slice(0, 60)} (${id.slice(0, 30)})`;
}
