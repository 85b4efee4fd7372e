import type { EventData } from "@reelway/shared/contracts/event";
import { OutputFile } from "@reelway/shared/contracts/manifest";
import { limits } from "@reelway/shared/limits";
import type { JobEvent } from "@reelway/shared/scheduling/records";
import { z } from "zod";

/** What a run that succeeded comes to. */
export interface MadeWork {
  readonly outputBytes: number;
  /** The source that a fetch brought in. */
  readonly sourceBytes: number;
  /** Time that runners converted. */
  readonly workMs: number;
  /** Length of its source; 0 where nobody knows. */
  readonly sourceMs: number;
  /** What its event tells of it. */
  readonly told: Pick<EventData, "outputs" | "outputCount">;
}

/** A job's event with what its manifest comes to: read once for all that is stored and counted. */
export type ReadEvent = JobEvent & { readonly made: MadeWork };

const nothing: MadeWork = { outputBytes: 0, sourceBytes: 0, workMs: 0, sourceMs: 0, told: {} };

const Counted = z.object({
  outputs: z.array(z.looseObject({ role: z.string(), bytes: z.int() })),
  execution: z.object({ processMs: z.int() }).optional(),
  source: z.object({ durationSeconds: z.number().nullable() }).optional(),
  totals: z.object({ bytes: z.int(), processMs: z.int() }).optional(),
});
const Told = z.array(OutputFile.pick({ name: true, role: true, bytes: true, contentType: true }).strip());

/** Reads an event's manifest, where it has one. Throws where it is no JSON. */
export function readEvent(event: JobEvent): ReadEvent {
  return { ...event, made: madeWorkOf(event.result) };
}

/** By a job's manifest. Of one in a form that this version does not know, nothing is counted or told: its event must not wait. */
function madeWorkOf(manifest: string | null): MadeWork {
  if (manifest === null) return nothing;
  const { data } = Counted.safeParse(JSON.parse(manifest));
  if (!data) return nothing;
  const { outputs, execution, source, totals } = data;
  // What a fetch brings in is a source, and counted as that.
  const bytesOf = (isSource: boolean) =>
    outputs.filter(({ role }) => (role === "source") === isSource).reduce((sum, { bytes }) => sum + bytes, 0);
  const { data: told } = Told.safeParse(outputs.slice(0, limits.eventOutputs));
  return {
    outputBytes: totals?.bytes ?? bytesOf(false),
    sourceBytes: bytesOf(true),
    workMs: totals?.processMs ?? execution?.processMs ?? 0,
    sourceMs: Math.round((source?.durationSeconds ?? 0) * 1_000),
    told: told ? { outputs: told, outputCount: outputs.length } : {},
  };
}
