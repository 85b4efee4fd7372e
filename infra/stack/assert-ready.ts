import { z } from "zod";
import type { ControlPlane } from "./control-plane.ts";
import { type LogFile, tailOf } from "./process/log-file.ts";
import { until } from "./process/until.ts";
import { StackFailure } from "./stack-failure.ts";

/** What the Worker answers may reach it a moment before what it logs reaches us. */
const LOGGED_WITHIN_MS = 2_000;
const LINES_LOOKED_AT = 20;

/** As the Worker logs a request that failed. */
const Failure = z.looseObject({ message: z.literal("request failed"), error: z.looseObject({ message: z.string() }) });

/** Throws StackFailure with the Worker's own reason, such as a setting that is not valid. */
export async function assertReady({ localUrl }: ControlPlane, log: LogFile): Promise<void> {
  const loggedBefore = log.bytes;
  const answer = await fetch(`${localUrl}/readyz`);
  const body = await answer.text();
  if (answer.ok) return;
  const reason = () => lastFailure(tailOf(log.path, LINES_LOOKED_AT, loggedBefore));
  await until(() => reason() !== undefined, LOGGED_WITHIN_MS);
  throw new StackFailure(
    `The control plane is not ready: ${reason() ?? `${answer.status}: ${body}`}\nIts log: ${log.path}`,
  );
}

function lastFailure(lines: string): string | undefined {
  return lines.split("\n").flatMap(failureOf).at(-1);
}

function failureOf(line: string): string[] {
  try {
    const failure = Failure.safeParse(JSON.parse(line));
    return failure.success ? [failure.data.error.message] : [];
  } catch {
    return [];
  }
}
