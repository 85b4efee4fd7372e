import root from "../../package.json" with { type: "json" };

/** What the runner calls itself towards the control plane. */
export const version: string = root.version;
export const userAgent = `reelway-runner/${version}`;
