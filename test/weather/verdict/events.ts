import type { Facts } from "../examine/facts.ts";
import type { Check } from "./check.ts";

const endOf = { succeeded: "job.succeeded", failed: "job.failed", canceled: "job.canceled" } as const;

/** Each job's creation and each job's end is told by exactly one event of its last run. */
export function everyEndWasTold({ stored }: Pick<Facts, "stored">): Check {
  const told = Map.groupBy(stored.events, ({ jobId, run, type }) => `${jobId} ${run} ${type}`);
  const times = (jobId: string, run: number, type: string) => told.get(`${jobId} ${run} ${type}`)?.length ?? 0;
  return {
    name: "the creation and the end of every job is told by one event each",
    looked: stored.jobs.length,
    findings: stored.jobs.flatMap(({ id, state, run }) => {
      const end = Object.entries(endOf).find(([of]) => of === state)?.[1];
      const wanted = [...(run === 1 ? ["job.created"] : []), ...(end === undefined ? [] : [end])];
      return wanted
        .filter((type) => times(id, run, type) !== 1)
        .map((type) => `${id}, run ${run}: ${times(id, run, type)} × ${type}`);
    }),
  };
}

/**
 * An event is owed to its tenant's endpoint: it was taken, or the delivery says for ever why not. What asks an address
 * for a proof is nobody else's.
 */
export function webhooksArrived({ stored, webhooks }: Pick<Facts, "stored" | "webhooks">): Check {
  const deliveries = new Map(stored.deliveries.map((row) => [`${row.endpointId} ${row.eventId}`, row]));
  const events = stored.events.filter(({ type }) => type !== "webhook.verify");
  const owed = events.flatMap((event) =>
    webhooks.endpoints.filter(({ tenantId }) => tenantId === event.tenantId).map((endpoint) => ({ event, endpoint })),
  );
  const missing = owed.flatMap(({ event, endpoint }) => {
    const delivery = deliveries.get(`${endpoint.id} ${event.id}`);
    const name = `${event.type} ${event.id}`;
    if (delivery === undefined) return [`${name} was never to be sent`];
    if (delivery.state !== "delivered") return [`${name} is ${delivery.state}: ${delivery.lastError}`];
    return webhooks.taken.has(`${endpoint.path} ${event.id}`) ? [] : [`${name} was not taken, and counts as delivered`];
  });
  const ofJobs = stored.deliveries.filter(({ endpointId }) => endpointId === "");
  const missed = ofJobs.filter(
    ({ url, eventId, state }) => state !== "delivered" || !webhooks.taken.has(`${new URL(url).pathname} ${eventId}`),
  );
  return {
    name: "every event arrived at its tenant's endpoint and at its job's own receiver",
    looked: owed.length + ofJobs.length,
    findings: [...missing, ...missed.map(({ eventId, state }) => `${eventId}, to a job's own receiver, is ${state}`)],
  };
}

export function webhooksAreSigned({ webhooks }: Pick<Facts, "webhooks">): Check {
  return {
    name: "every webhook that arrived is signed with a secret of its tenant",
    looked: webhooks.taken.size,
    findings: webhooks.unsigned.map((call) => `${call} is signed by nobody`),
  };
}
