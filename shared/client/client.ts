import { ApiKeyCreated } from "../contracts/api-key.ts";
import { assetsResource } from "./assets.ts";
import { auditResource } from "./audit.ts";
import { authResource } from "./auth.ts";
import { batchesResource } from "./batches.ts";
import { breakersResource } from "./breakers.ts";
import { connectionsResource } from "./connections.ts";
import { deadLettersResource } from "./dead-letters.ts";
import { deadMessagesResource } from "./dead-messages.ts";
import { eventsResource } from "./events.ts";
import { createHttp, type HttpOptions } from "./http.ts";
import { jobsResource } from "./jobs.ts";
import { keysResource } from "./keys.ts";
import { metricsResource } from "./metrics.ts";
import { presetsResource } from "./presets.ts";
import { regionsResource } from "./regions.ts";
import { runnersResource } from "./runners.ts";
import { storageResource } from "./storage.ts";
import { tenantsResource } from "./tenants.ts";
import { type PutBytes, putBytesWith } from "./upload-source.ts";
import { usageResource } from "./usage.ts";
import { invitationsResource, usersResource } from "./users.ts";
import { webhooksResource } from "./webhooks.ts";

export interface ClientOptions extends HttpOptions {
  /** How bytes are sent to the storage; default: fetch, which can't tell how far it is within one PUT. */
  put?: PutBytes;
}

export type Client = ReturnType<typeof createClient>;

/**
 * The typed client of Reelway's public API. It runs in browsers, Workers and Node. A `list` answers one page, newest
 * first where nothing else is said; `eachItem` goes through all of them.
 * @throws ApiError (by every call) when the API refuses, with its code; NotReachableError when nobody answers, after the
 * tries of `retry`; the signal's reason when aborted.
 */
export function createClient(options: ClientOptions) {
  const http = createHttp(options);
  return {
    assets: assetsResource(http, options.put ?? putBytesWith(http.fetch)),
    jobs: jobsResource(http),
    batches: batchesResource(http),
    connections: connectionsResource(http),
    keys: keysResource(http),
    tenants: tenantsResource(http),
    users: usersResource(http),
    invitations: invitationsResource(http),
    auth: authResource(http),
    audit: auditResource(http),
    usage: usageResource(http),
    events: eventsResource(http),
    webhooks: webhooksResource(http),
    presets: presetsResource(http),
    runners: runnersResource(http),
    regions: regionsResource(http),
    breakers: breakersResource(http),
    deadLetters: deadLettersResource(http),
    deadMessages: deadMessagesResource(http),
    metrics: metricsResource(http),
    storage: storageResource(http),
    /** Makes the platform tenant and its first admin key, once, against BOOTSTRAP_TOKEN. */
    bootstrap: (token: string) =>
      http.json({ method: "POST", path: "/bootstrap", body: { token }, schema: ApiKeyCreated }),
  };
}
