import { setTimeout as sleep } from "node:timers/promises";

const STEP_MS = 20;

/** Waits until `condition` holds. Answers false when `withinMs` went by first. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) return false;
    await sleep(STEP_MS);
  }
  return true;
}
