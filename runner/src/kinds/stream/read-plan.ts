import { readFile } from "node:fs/promises";
import { StreamPlan } from "@reelway/shared/contracts/stream-plan";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { KindContext } from "../kind.ts";

/** The plan that this task works by. Throws runner_error where the task came without one that is valid. */
export async function readPlan({ inputs }: Pick<KindContext, "inputs">): Promise<StreamPlan> {
  const [path] = inputs.plan ?? [];
  if (path === undefined) throw new ReelwayError("runner_error", "the task came without its plan");
  const parsed = StreamPlan.safeParse(JSON.parse(await readFile(path, "utf8")));
  if (!parsed.success) throw new ReelwayError("runner_error", `the plan is none: ${parsed.error.issues[0]?.message}`);
  return parsed.data;
}
