import type { PlannedVideo } from "../contracts/stream-plan.ts";

/** Of an ordinary picture of eight bits, as most sources are: it says nothing of its colours. */
export const sdrColor: PlannedVideo["color"] = {
  ...{ pixelFormat: "yuv420p", primaries: null, transfer: null, matrix: null },
  ...{ toneMap: [], fromRgb: false, hdr10: null },
};
