import { version } from "@reelway/shared/version";
import { newRouter, type Router } from "../http/router.ts";

const info = {
  title: "Reelway",
  version,
  description: "Turns uploaded video into playable output on hardware that its users own.",
};

/** `GET /openapi.json`: OpenAPI 3.1 of every route of `app`, made from the schemas that check the requests. */
export function openapiRoutes(app: Router): Router {
  const router = newRouter();
  const document = () => {
    app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
    return app.getOpenAPI31Document({ openapi: "3.1.0", info, servers: [{ url: "/" }] });
  };
  let made: ReturnType<typeof document> | undefined;
  router.get("/openapi.json", (c) => {
    made ??= document();
    return c.json(made);
  });
  return router;
}
