import { withoutControlsInLines } from "@reelway/shared/contracts/text";
import { limits } from "@reelway/shared/limits";

export interface LogTail {
  readonly add: (text: string) => void;
  readonly text: () => string;
}

/** Keeps the end of a child's log: bounded, without control characters, without this host's paths. */
export function createLogTail(hidePaths: readonly string[]): LogTail {
  let kept = "";
  return {
    add: (text) => {
      kept = (kept + text).slice(-4 * limits.logTailLength);
    },
    text: () => {
      let clean = withoutControlsInLines(kept.replaceAll("\r", "\n"));
      for (const path of hidePaths) clean = clean.replaceAll(`file:${path}/`, "").replaceAll(`${path}/`, "");
      return clean.trim().slice(-limits.logTailLength);
    },
  };
}
