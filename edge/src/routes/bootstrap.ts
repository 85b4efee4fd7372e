import { createRoute } from "@hono/zod-openapi";
import { ApiKeyCreated, BootstrapRequest } from "@reelway/shared/contracts/api-key";
import { auditOf } from "../audit/audit-entry.ts";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { bootstrap } from "../tenants/bootstrap.ts";

const create = createRoute({
  method: "post",
  path: "/bootstrap",
  tags: ["keys"],
  summary: "Make the first admin key, once",
  request: { body: jsonBody(BootstrapRequest) },
  ...problems("bootstrap_closed", "unauthenticated"),
  responses: { 201: jsonResponse(ApiKeyCreated, "The key; its secret is shown this once") },
});

export function bootstrapRoutes(): Router {
  const router = newRouter();
  router.openapi(create, async (c) => {
    const { token } = c.req.valid("json");
    const key = await bootstrap(c.env, c.get("settings"), {
      token,
      now: Date.now(),
      auditWith: ({ tenantId, keyId }) => auditOf(c, { action: "installation.bootstrap", tenantId, resource: keyId }),
    });
    return c.json(key, 201);
  });
  return router;
}
