/** Reelway's version: control plane, runner and CLI are released together. */
export const version = "0.1.0";
