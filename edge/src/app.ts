import { answerError } from "./http/boundary.ts";
import { newRouter, type Router } from "./http/router.ts";
import { unknownRoute } from "./http/unknown-route.ts";
import { refuseLargeBody } from "./middleware/refuse-large-body.ts";
import { requestContext } from "./middleware/request-context.ts";
import { assetsRoutes } from "./routes/assets.ts";
import { bootstrapRoutes } from "./routes/bootstrap.ts";
import { healthRoutes } from "./routes/health.ts";
import { jobEventsRoutes } from "./routes/job-events.ts";
import { jobsRoutes } from "./routes/jobs.ts";
import { keysRoutes } from "./routes/keys.ts";
import { leaseRoutes } from "./routes/leases.ts";
import { openapiRoutes } from "./routes/openapi.ts";
import { outputsRoutes } from "./routes/outputs.ts";
import { presetsRoutes } from "./routes/presets.ts";
import { regionsRoutes } from "./routes/regions.ts";
import { runnerWorkRoutes } from "./routes/runner-work.ts";
import { runnersRoutes } from "./routes/runners.ts";
import { tenantsRoutes } from "./routes/tenants.ts";

const API = "/api/v1";

/** The control plane's HTTP side: every resource, and the one boundary where errors become answers. */
export function createApp(): Router {
  const app = newRouter();
  app.use(requestContext);
  app.use(refuseLargeBody);

  app.route("/", healthRoutes());
  const resources = [
    bootstrapRoutes(),
    keysRoutes(),
    tenantsRoutes(),
    assetsRoutes(),
    jobsRoutes(),
    jobEventsRoutes(),
    outputsRoutes(),
    presetsRoutes(),
    regionsRoutes(),
    runnersRoutes(),
    runnerWorkRoutes(),
    leaseRoutes(),
  ];
  for (const resource of resources) app.route(API, resource);
  app.route(API, openapiRoutes(app));

  app.onError(answerError);
  app.notFound(unknownRoute(app));
  return app;
}
