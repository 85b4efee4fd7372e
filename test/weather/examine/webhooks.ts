import { Webhook as Verifier } from "standardwebhooks";
import type { TakenWebhook } from "../house/rough-receiver.ts";
import type { Tenant } from "../load/tenant.ts";
import type { WebhookFacts } from "./facts.ts";

/** What the receiver took, and whether it was signed with a secret of the tenant that it was for. */
export function webhookFacts(tenants: readonly Tenant[], taken: readonly TakenWebhook[]): WebhookFacts {
  const unsigned = taken.filter((call) => {
    const tenant = tenants.find(({ paths }) => paths.endpoint === call.path || paths.jobs === call.path);
    return !tenant?.secrets.some((secret) => isSignedBy(secret, call));
  });
  return {
    endpoints: tenants.map(({ id, endpointId, paths }) => ({ id: endpointId, tenantId: id, path: paths.endpoint })),
    taken: new Set(taken.map((call) => `${call.path} ${nameOf(call)}`)),
    unsigned: unsigned.map((call) => `${call.path} ${nameOf(call)}`),
  };
}

function nameOf({ headers }: TakenWebhook): string {
  return headers["webhook-id"] ?? "";
}

/** By hand, since a verifier refuses what is older than five minutes. */
function isSignedBy(secret: string, { headers, body }: TakenWebhook): boolean {
  const at = new Date(Number(headers["webhook-timestamp"]) * 1_000);
  const signature = new Verifier(secret).sign(nameOf({ path: "", headers, body }), at, body);
  return (headers["webhook-signature"] ?? "").split(" ").includes(signature);
}
