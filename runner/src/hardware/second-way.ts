import type { ProvenDevice } from "../ffmpeg/arguments/devices/device.ts";

type Way = Pick<ProvenDevice, "family" | "model" | "encoders">;

/**
 * Whether a device is Vulkan's way to a card that a way of its maker serves already. Two ways to one card would each count
 * its sessions and its failures as their own. Cards of one model are taken for one: Vulkan's list tells no more of them.
 */
export function isSecondWay(device: Way, others: readonly Way[]): boolean {
  if (device.family !== "vulkan" || device.model === undefined) return false;
  return others.some(
    ({ family, model, encoders }) => family !== "vulkan" && model === device.model && encoders.length > 0,
  );
}
