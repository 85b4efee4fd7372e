import { createRoute, z } from "@hono/zod-openapi";
import { PageQuery, page } from "@reelway/shared/contracts/page";
import {
  Registered,
  RegisterRequest,
  RegistrationToken,
  RegistrationTokenCreated,
  RegistrationTokenRequest,
} from "@reelway/shared/contracts/runner";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { RegistrationTokenId } from "@reelway/shared/ids";
import { auditOf } from "../audit/audit-entry.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { idempotencyHeader, idempotentRequest, markReplayed } from "../http/idempotency.ts";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { registerRunner } from "../runners/register.ts";
import { createRegistrationToken, presentRegistrationToken } from "../runners/registration-tokens.ts";
import { platformTenantId } from "../store/platform.ts";
import { listRegistrationTokens, revokeRegistrationToken } from "../store/registration-tokens.ts";

const createToken = createRoute({
  method: "post",
  path: "/runners/tokens",
  tags: ["runners"],
  summary: "Make a registration token for runners",
  ...needs("runners:write"),
  request: { headers: idempotencyHeader, body: jsonBody(RegistrationTokenRequest) },
  responses: { 201: jsonResponse(RegistrationTokenCreated, "The token, shown this once") },
});

const listTokens = createRoute({
  method: "get",
  path: "/runners/tokens",
  tags: ["runners"],
  summary: "List registration tokens, newest first",
  ...needs("runners:read"),
  request: { query: PageQuery },
  responses: { 200: jsonResponse(page(RegistrationToken), "A page of tokens") },
});

const revokeToken = createRoute({
  method: "delete",
  path: "/runners/tokens/{id}",
  tags: ["runners"],
  summary: "Revoke a registration token; runners that used it stay",
  ...needs("runners:write"),
  request: { params: z.object({ id: RegistrationTokenId }) },
  responses: { 204: { description: "The token is revoked" } },
});

const register = createRoute({
  method: "post",
  path: "/runners/register",
  tags: ["runner protocol"],
  summary: "Turn a registration token into a runner's own credential",
  request: { body: jsonBody(RegisterRequest) },
  ...problems("registration_refused", "labels_refused", "runner_outdated"),
  responses: { 201: jsonResponse(Registered, "The runner's id and credential, shown this once") },
});

/** How hosts join the fleet. Comes before `/runners/{id}`, which would match these paths too. */
export function registrationTokensRoutes(): Router {
  const router = newRouter();

  router.openapi(createToken, async (c) => {
    const request = await idempotentRequest(c, callerOf(c).tenantId, "POST /runners/tokens");
    const wanted = c.req.valid("json");
    const { token, replayed } = await createRegistrationToken(c.env, c.get("settings"), {
      wanted,
      request,
      now: Date.now(),
      auditWith: (resource) => auditOf(c, { action: "registration_token.create", resource, detail: wanted }),
    });
    c.get("log").info("registration token made", { registrationTokenId: token.id });
    markReplayed(c, replayed);
    return c.json(token, 201);
  });

  router.openapi(listTokens, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const settings = c.get("settings");
    const scope = { list: "registration-tokens", tenantId: callerOf(c).tenantId, filters: {} };
    const after = await decodeCursor(settings, scope, cursor);
    const rows = await listRegistrationTokens(c.env, after, limit + 1);
    return c.json(await pageOf(settings, scope, rows, limit, presentRegistrationToken), 200);
  });

  router.openapi(revokeToken, async (c) => {
    const { id } = c.req.valid("param");
    const audit = auditOf(c, { action: "registration_token.revoke", resource: id });
    if (!(await revokeRegistrationToken(c.env, id, Date.now(), audit))) throw new ReelwayError("not_found");
    return c.body(null, 204);
  });

  router.openapi(register, async (c) => {
    const wanted = c.req.valid("json");
    const tenantId = await platformTenantId(c.env);
    const registered = await registerRunner(c.env, c.get("settings"), wanted, Date.now(), ({ runnerId, ...made }) => {
      const detail = { name: wanted.name, region: wanted.region, ...made };
      return auditOf(c, { action: "runner.register", tenantId, resource: runnerId, detail });
    });
    c.get("log").info("runner registered", { runnerId: registered.runnerId });
    return c.json(registered, 201);
  });

  return router;
}
