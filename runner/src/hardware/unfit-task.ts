import { FoundNeed } from "@reelway/shared/contracts/found-need";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";

/** A task of which only its source shows that it needs more of a device, or of memory, than this host has for it. */
export class UnfitTask extends ReelwayError {
  /** What a runner must have to do it. */
  readonly need: string;

  constructor(need: string, detail: string) {
    super("device_failed", detail);
    this.need = FoundNeed.parse(need);
  }
}
