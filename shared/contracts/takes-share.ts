import { takesDevice } from "./hardware-need.ts";
import { takesMemory } from "./memory-tier.ts";

/** Whether a task with these needs, as a lane has them, takes so much of a host that its next request has to say what is left. */
export function takesShare(needs: string): boolean {
  return takesMemory(needs) || takesDevice(needs);
}
