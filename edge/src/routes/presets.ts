import { createRoute, z } from "@hono/zod-openapi";
import { Preset } from "@reelway/shared/contracts/preset";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { findPreset, presets } from "@reelway/shared/presets/catalogue";
import { jsonResponse } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { needs } from "../middleware/authenticate.ts";

const canRead = { tags: ["presets"], ...needs("jobs:read") };

const list = createRoute({
  ...canRead,
  method: "get",
  path: "/presets",
  summary: "List the presets that ship with Reelway",
  responses: { 200: jsonResponse(z.object({ items: z.array(Preset) }), "Every preset") },
});

const get = createRoute({
  ...canRead,
  method: "get",
  path: "/presets/{name}",
  summary: "Read a preset",
  request: { params: z.object({ name: z.string().max(40) }) },
  responses: { 200: jsonResponse(Preset, "The preset") },
});

export function presetsRoutes(): Router {
  const router = newRouter();
  router.openapi(list, (c) => c.json({ items: [...presets] }, 200));
  router.openapi(get, (c) => {
    const preset = findPreset(c.req.valid("param").name);
    if (!preset) throw new ReelwayError("not_found");
    return c.json(preset, 200);
  });
  return router;
}
