import { createRoute, z } from "@hono/zod-openapi";
import { PageQuery, page } from "@reelway/shared/contracts/page";
import {
  Registered,
  RegisterRequest,
  RegistrationToken,
  RegistrationTokenRequest,
  Runner,
} from "@reelway/shared/contracts/runner";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { RunnerId } from "@reelway/shared/ids";
import { decodeCursor, encodeCursor } from "../http/cursor.ts";
import { jsonBody, jsonResponse, problemResponses } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { revokeRunner, withStanding } from "../runners/fleet.ts";
import { registerRunner } from "../runners/register.ts";
import { createRegistrationToken } from "../runners/registration-tokens.ts";
import { findRunnerRow, listRunnerRows } from "../runners/runner-rows.ts";

const createToken = createRoute({
  method: "post",
  path: "/runners/tokens",
  tags: ["runners"],
  summary: "Make a registration token for runners",
  ...needs("runners:write"),
  request: { body: jsonBody(RegistrationTokenRequest) },
  responses: { 201: jsonResponse(RegistrationToken, "The token, shown this once"), ...problemResponses },
});

const register = createRoute({
  method: "post",
  path: "/runners/register",
  tags: ["runner protocol"],
  summary: "Turn a registration token into a runner's own credential",
  request: { body: jsonBody(RegisterRequest) },
  responses: { 201: jsonResponse(Registered, "The runner's id and credential, shown this once"), ...problemResponses },
});

const list = createRoute({
  method: "get",
  path: "/runners",
  tags: ["runners"],
  summary: "List runners, newest first",
  ...needs("runners:read"),
  request: { query: PageQuery },
  responses: { 200: jsonResponse(page(Runner), "A page of runners"), ...problemResponses },
});

const get = createRoute({
  method: "get",
  path: "/runners/{id}",
  tags: ["runners"],
  summary: "One runner",
  ...needs("runners:read"),
  request: { params: z.object({ id: RunnerId }) },
  responses: { 200: jsonResponse(Runner, "The runner"), ...problemResponses },
});

const revoke = createRoute({
  method: "delete",
  path: "/runners/{id}",
  tags: ["runners"],
  summary: "Revoke a runner; it is refused everywhere within 30 seconds, and its tasks go to others",
  ...needs("runners:write"),
  request: { params: z.object({ id: RunnerId }) },
  responses: { 204: { description: "The runner is revoked" }, ...problemResponses },
});

export function runnersRoutes(): Router {
  const router = newRouter();

  router.openapi(createToken, async (c) => {
    const token = await createRegistrationToken(c.env, c.get("settings"), c.req.valid("json"), Date.now());
    c.get("log").info("registration token made", { registrationTokenId: token.id });
    return c.json(token, 201);
  });

  router.openapi(register, async (c) => {
    const registered = await registerRunner(c.env, c.get("settings"), c.req.valid("json"), Date.now());
    c.get("log").info("runner registered", { runnerId: registered.runnerId });
    return c.json(registered, 201);
  });

  router.openapi(list, async (c) => {
    const { cursor, limit } = c.req.valid("query");
    const settings = c.get("settings");
    const scope = { list: "runners", tenantId: callerOf(c).tenantId, filters: {} };
    const after = cursor === undefined ? undefined : await decodeCursor(settings, scope, cursor);
    const rows = await listRunnerRows(c.env, after, limit + 1);
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const nextCursor = rows.length > limit && last ? await encodeCursor(settings, scope, last.id) : null;
    const items = [...(await withStanding(c.env, settings, shown, Date.now())).values()];
    return c.json({ items, nextCursor }, 200);
  });

  router.openapi(get, async (c) => {
    const row = await findRunnerRow(c.env, c.req.valid("param").id);
    const runner = row && (await withStanding(c.env, c.get("settings"), [row], Date.now())).get(row.id);
    if (!runner) throw new ReelwayError("not_found");
    return c.json(runner, 200);
  });

  router.openapi(revoke, async (c) => {
    const { id } = c.req.valid("param");
    await revokeRunner(c.env, c.get("settings"), id, Date.now());
    c.get("log").info("runner revoked", { runnerId: id });
    return c.body(null, 204);
  });

  return router;
}
