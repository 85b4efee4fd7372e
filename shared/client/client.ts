import { ApiKeyCreated } from "../contracts/api-key.ts";
import { assetsResource } from "./assets.ts";
import { createHttp, type HttpOptions } from "./http.ts";
import { jobsResource } from "./jobs.ts";
import { keysResource } from "./keys.ts";
import { presetsResource } from "./presets.ts";
import { regionsResource } from "./regions.ts";
import { runnersResource } from "./runners.ts";
import { tenantsResource } from "./tenants.ts";
import { type PutBytes, putBytesWith } from "./upload-source.ts";

export interface ClientOptions extends HttpOptions {
  /** How bytes are sent to the storage; default: fetch, which can't tell how far it is within one PUT. */
  put?: PutBytes;
}

export type Client = ReturnType<typeof createClient>;

/** The typed client of Reelway's public API. It runs in browsers, Workers and Node. */
export function createClient(options: ClientOptions) {
  const http = createHttp(options);
  return {
    assets: assetsResource(http, options.put ?? putBytesWith(http.fetch)),
    jobs: jobsResource(http),
    keys: keysResource(http),
    tenants: tenantsResource(http),
    presets: presetsResource(http),
    runners: runnersResource(http),
    regions: regionsResource(http),
    /** Makes the platform tenant and its first admin key, once, against BOOTSTRAP_TOKEN. */
    bootstrap: (token: string) =>
      http.json({ method: "POST", path: "/bootstrap", body: { token }, schema: ApiKeyCreated }),
  };
}
