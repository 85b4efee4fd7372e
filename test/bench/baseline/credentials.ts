import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Redis } from "ioredis";

export interface Principal {
  readonly keyId: string;
  readonly tenantId: string;
  readonly role: string;
}

/** As long as the control plane's own cache of checked keys. */
const cacheMs = 30_000;

/** API keys `<id>.<secret>`, kept as HMAC-SHA256(pepper, secret); checked ones are remembered for half a minute. */
export class Credentials {
  readonly #redis: Redis;
  readonly #pepper: string;
  readonly #checked = new Map<string, { principal: Principal; until: number }>();

  constructor(redis: Redis, pepper: string) {
    this.#redis = redis;
    this.#pepper = pepper;
  }

  async create(keyId: string, tenantId: string, role: string): Promise<string> {
    const secret = randomBytes(32).toString("base64url");
    await this.#redis.hset(`key:${keyId}`, { hash: this.#hash(secret).toString("hex"), tenantId, role });
    return `${keyId}.${secret}`;
  }

  /** @throws unauthenticated without a valid key; forbidden when it has another role. */
  async authenticate(authorization: string | undefined, role: string): Promise<Principal> {
    const key = authorization?.startsWith("Bearer ") ? authorization.slice(7) : "";
    const principal = await this.#check(key);
    if (principal.role !== role) throw new ReelwayError("forbidden");
    return principal;
  }

  async #check(key: string): Promise<Principal> {
    const known = this.#checked.get(key);
    if (known !== undefined && known.until > Date.now()) return known.principal;

    const [keyId = "", secret = ""] = key.split(".");
    const [hash, tenantId, role] = await this.#redis.hmget(`key:${keyId}`, "hash", "tenantId", "role");
    if (!hash || !tenantId || !role || !timingSafeEqual(Buffer.from(hash, "hex"), this.#hash(secret)))
      throw new ReelwayError("unauthenticated");
    const principal = { keyId, tenantId, role };
    this.#checked.set(key, { principal, until: Date.now() + cacheMs });
    return principal;
  }

  #hash(secret: string): Buffer {
    return createHmac("sha256", this.#pepper).update(secret).digest();
  }
}
