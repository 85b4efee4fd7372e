import { z } from "zod";
import { DeployFailure } from "./deploy-failure.ts";

const DEFAULT_BASE = "https://api.cloudflare.com/client/v4";
const Envelope = z.looseObject({ success: z.boolean(), result: z.unknown() });

export interface CloudflareAccess {
  readonly accountId: string;
  readonly token: string;
  readonly baseUrl: string;
}

/** @throws DeployFailure when the account or the token is not given. */
export function accessOf(environment: NodeJS.ProcessEnv, accountId: string | null): CloudflareAccess {
  const account = environment.CLOUDFLARE_ACCOUNT_ID || accountId;
  if (!account) throw new DeployFailure("Set CLOUDFLARE_ACCOUNT_ID, or accountId in the deployment's file");
  const token = environment.CLOUDFLARE_API_TOKEN;
  if (!token) throw new DeployFailure("Set CLOUDFLARE_API_TOKEN (docs/deploy.md names its permissions)");
  return { accountId: account, token, baseUrl: environment.CLOUDFLARE_API_BASE_URL ?? DEFAULT_BASE };
}

/** Reads the account's state. Whatever changes it goes through wrangler. */
export class CloudflareReader {
  readonly #access: CloudflareAccess;

  constructor(access: CloudflareAccess) {
    this.#access = access;
  }

  /** The result below the account; undefined where there is no such thing. @throws DeployFailure on any other refusal. */
  async get<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    headers: Record<string, string> = {},
  ): Promise<z.output<Schema> | undefined> {
    const { accountId, token, baseUrl } = this.#access;
    const response = await fetch(`${baseUrl}/accounts/${accountId}${path}`, {
      headers: { ...headers, authorization: `Bearer ${token}` },
    });
    if (response.status === 404) return undefined;
    const text = await response.text();
    if (!response.ok)
      throw new DeployFailure(`Cloudflare answered ${response.status} to ${path}: ${text.slice(0, 300)}`);
    return schema.parse(Envelope.parse(JSON.parse(text)).result);
  }
}
