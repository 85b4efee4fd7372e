import { isLabel, labelled } from "@reelway/shared/contracts/capability";
import { minimumProtocol, type RunnerDescription } from "@reelway/shared/contracts/runner";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { RunnerPrincipal } from "../auth/principal.ts";

/**
 * A runner as its queue is to know it: what it says of itself, with the labels it was registered with. A label that it
 * claims by itself counts for nothing, and it takes no work while an operator drains it. Throws `runner_outdated`.
 */
export function describe(runner: RunnerPrincipal, description: RunnerDescription) {
  const { capabilities, slots, version, protocol, holdBackSeconds = 0 } = description;
  if (protocol < minimumProtocol)
    throw new ReelwayError("runner_outdated", `protocol ${protocol}, at least ${minimumProtocol} is needed`);
  const own = capabilities.filter((capability) => !isLabel(capability));
  const labels = runner.labels.map(labelled);
  const draining = description.draining || runner.drained;
  const holdBackMs = holdBackSeconds * 1_000;
  return { runnerId: runner.id, capabilities: [...own, ...labels].sort(), slots, draining, version, holdBackMs };
}
