import type { Breaker } from "@reelway/shared/contracts/breaker";
import { errorCatalogue } from "@reelway/shared/errors/catalogue";
import { fullTime } from "../../parts/units.ts";
import { ResetPause } from "../paused/reset-pause.tsx";

/** Why a runner is given nothing, and the way to let it work at once. */
export function RunnerPause({ pause }: { pause: Breaker }) {
  return (
    <section class="panel line" aria-label="Paused">
      <p class="grow">
        {pause.failedJobs.length} jobs in a row failed here, the last one with{" "}
        <strong>{errorCatalogue[pause.lastCode].title}</strong>. It is tried again by itself at{" "}
        {fullTime(pause.retryAt)}.
      </p>
      <ResetPause breakerKey={pause.key} name="the runner" />
    </section>
  );
}
