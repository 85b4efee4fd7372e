import { readFile } from "node:fs/promises";
import { z } from "zod";

/** What one runner did with its time between its first lease and the end of its last task, by its own log. Seconds. */
export interface Timeline {
  readonly tasks: number;
  /** While ffmpeg ran. */
  readonly encoding: number;
  /** While the media engine ran: cutting, packaging. */
  readonly engine: number;
  /** From the end of a task's last process until its files are up: digests, grants, PUTs. */
  readonly uploading: number;
  /** From then to its accepted completion. */
  readonly completing: number;
  /** From the end of a task to the next lease. */
  readonly leasing: number;
  /** The rest of its tasks' time. */
  readonly other: number;
  readonly whole: number;
}

const Line = z.object({
  time: z.iso.datetime(),
  msg: z.string(),
  lease: z.string(),
  program: z.string().optional(),
});
type Line = z.infer<typeof Line>;

/** Reads the log of a runner that works on one task at a time. */
export async function timelineOf(logPath: string): Promise<Timeline> {
  const lines = (await readFile(logPath, "utf8")).split("\n").flatMap((text) => parsed(text) ?? []);
  const tasks = [...Map.groupBy(lines, ({ lease }) => lease).values()].filter(isCompleted);
  const spans = tasks.map((task) => ({ ...spanOf(task), from: at(task[0]), to: at(task.at(-1)) }));
  const [first] = spans;
  const whole = first === undefined ? 0 : (spans.at(-1)?.to ?? 0) - first.from;
  const sum = (of: (span: (typeof spans)[number]) => number) => spans.reduce((total, span) => total + of(span), 0);
  const encoding = sum((span) => span.encoding);
  const engine = sum((span) => span.engine);
  const uploading = sum((span) => span.uploading);
  const completing = sum((span) => span.completing);
  const leasing = spans.reduce((total, span, place) => total + span.from - (spans[place - 1]?.to ?? span.from), 0);
  const other = sum(({ from, to }) => to - from) - encoding - engine - uploading - completing;
  return { tasks: spans.length, encoding, engine, uploading, completing, leasing, other, whole };
}

function isCompleted(task: readonly Line[]): boolean {
  return ["task completed", "task ended"].every((end) => task.some(({ msg }) => msg === end));
}

/** Processes of one task run one after the other: each ends before the next begins. */
function spanOf(task: readonly Line[]): Pick<Timeline, "encoding" | "engine" | "uploading" | "completing"> {
  let [encoding, engine, startedAt, lastEnd] = [0, 0, 0, at(task[0])];
  for (const line of task) {
    if (line.msg === "process started") startedAt = at(line);
    if (line.msg !== "process ended") continue;
    lastEnd = at(line);
    if (line.program === "ffmpeg") encoding += lastEnd - startedAt;
    else engine += lastEnd - startedAt;
  }
  const uploadedAt = at(task.find(({ msg }) => msg === "outputs uploaded"));
  const completedAt = at(task.find(({ msg }) => msg === "task completed"));
  return { encoding, engine, uploading: uploadedAt - lastEnd, completing: completedAt - uploadedAt };
}

function at(line: Line | undefined): number {
  return line === undefined ? 0 : Date.parse(line.time) / 1_000;
}

/** Null for what is no line of a task. */
function parsed(text: string): Line | null {
  if (!text.startsWith("{")) return null;
  return Line.safeParse(JSON.parse(text)).data ?? null;
}
