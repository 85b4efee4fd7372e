import type { DeviceHealth } from "../../src/hardware/device-breakers.ts";

/** Of a host without any. */
export const noDevices: DeviceHealth = { usable: () => [], setAside: () => [], worked: () => {}, failed: () => {} };
