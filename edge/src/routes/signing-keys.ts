import { createRoute } from "@hono/zod-openapi";
import { JsonWebKeySet, SigningKey } from "@reelway/shared/contracts/session";
import { auditOf } from "../audit/audit-entry.ts";
import { publicKeySet, rotateSigningKey } from "../auth/signing-keys.ts";
import { jsonResponse } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { needsInPlatform } from "../middleware/authenticate.ts";

const rotate = createRoute({
  method: "post",
  path: "/auth/signing-keys/rotate",
  tags: ["sessions"],
  summary: "Sign access tokens with a new key; those of the old one hold until they expire",
  ...needsInPlatform("users:write"),
  responses: { 200: jsonResponse(SigningKey, "The key that signs from now on") },
});

const keySet = createRoute({
  method: "get",
  path: "/.well-known/jwks.json",
  tags: ["sessions"],
  summary: "The public keys that access tokens are signed with (RFC 7517)",
  responses: { 200: jsonResponse(JsonWebKeySet, "The keys") },
});

export function signingKeysRoutes(): Router {
  const router = newRouter();
  router.openapi(rotate, async (c) => {
    const audit = (kid: string) => auditOf(c, { action: "signing_key.rotate", resource: kid });
    const { kid, createdAt, retiredAt } = await rotateSigningKey(c.env, c.get("settings"), Date.now(), audit);
    return c.json({ kid, createdAt, retiredAt }, 200);
  });
  return router;
}

/** At the root of the origin, where RFC 8615 puts it. */
export function keySetRoutes(): Router {
  const router = newRouter();
  router.openapi(keySet, async (c) => {
    c.header("cache-control", "public, max-age=60");
    return c.json(JsonWebKeySet.parse(await publicKeySet(c.env, c.get("settings"), Date.now())), 200);
  });
  return router;
}
