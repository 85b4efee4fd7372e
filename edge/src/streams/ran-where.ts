import type { EncodeAttempt, ExecutionReport, StoredPart } from "@reelway/shared/contracts/manifest";
import type { z } from "zod";

type Execution = z.infer<typeof ExecutionReport>;

/** More kinds of attempts than this tell nobody more. */
const attemptsShown = 40;

/** What the execution of a stream's last task says for all of them: by what its parts were encoded, where, and why not elsewhere. */
export function ranWhere(
  execution: Execution,
  parts: Iterable<readonly [part: string, stored: Pick<StoredPart, "execution">]>,
): Execution {
  const encodes = [...parts].flatMap(([part, stored]) => (part.startsWith("encode") ? (stored.execution ?? []) : []));
  const alike = Map.groupBy(
    encodes.flatMap(({ ran }) => ran ?? []),
    (attempt) => JSON.stringify(attempt),
  );
  const ran: EncodeAttempt[] = [...alike.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [{ ...first, parts: more.length + 1 }],
  );
  const encoder = execution.encoder ?? encodes.find((one) => one.encoder !== null)?.encoder ?? null;
  return { ...execution, encoder, ...(ran.length > 0 && { ran: ran.slice(0, attemptsShown) }) };
}
