import type { QueueSettings } from "./commands.ts";

/**
 * A task's place among those of its tenant; smaller goes first. A point of priority is a head start of
 * `priorityPointMs`, so a task of any priority is overtaken only by what came within that head start: nothing starves.
 */
export function rankOf(readyAt: number, priority: number, settings: Pick<QueueSettings, "priorityPointMs">): number {
  return readyAt - priority * settings.priorityPointMs;
}
