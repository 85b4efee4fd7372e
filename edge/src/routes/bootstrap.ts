import { createRoute } from "@hono/zod-openapi";
import { ApiKeyCreated, BootstrapRequest } from "@reelway/shared/contracts/api-key";
import { jsonBody, jsonResponse, problemResponses } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { bootstrap } from "../tenants/bootstrap.ts";

const create = createRoute({
  method: "post",
  path: "/bootstrap",
  tags: ["keys"],
  summary: "Make the first admin key, once",
  request: { body: jsonBody(BootstrapRequest) },
  responses: { 201: jsonResponse(ApiKeyCreated, "The key; its secret is shown this once"), ...problemResponses },
});

export function bootstrapRoutes(): Router {
  const router = newRouter();
  router.openapi(create, async (c) => {
    const { token } = c.req.valid("json");
    return c.json(await bootstrap(c.env, c.get("settings"), token, Date.now()), 201);
  });
  return router;
}
