import { apiPrefix } from "@reelway/shared/contracts/api-prefix";
import { answerError } from "./http/boundary.ts";
import { newRouter, type Router } from "./http/router.ts";
import { unknownRoute } from "./http/unknown-route.ts";
import { cors } from "./middleware/cors.ts";
import { sendWebhooksSoon } from "./middleware/hurry-webhooks.ts";
import { keepPrivate } from "./middleware/keep-private.ts";
import { rateLimit } from "./middleware/rate-limit.ts";
import { refuseLargeBody } from "./middleware/refuse-large-body.ts";
import { refuseStrangeBody } from "./middleware/refuse-strange-body.ts";
import { requestContext } from "./middleware/request-context.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { servePage } from "./middleware/serve-page.ts";
import { accountRoutes } from "./routes/account.ts";
import { assetsRoutes } from "./routes/assets.ts";
import { auditRoutes } from "./routes/audit.ts";
import { batchesRoutes } from "./routes/batches.ts";
import { bootstrapRoutes } from "./routes/bootstrap.ts";
import { breakersRoutes } from "./routes/breakers.ts";
import { browserSessionsRoutes } from "./routes/browser-sessions.ts";
import { connectionsRoutes } from "./routes/connections.ts";
import { deadLettersRoutes } from "./routes/dead-letters.ts";
import { deadMessagesRoutes } from "./routes/dead-messages.ts";
import { erasuresRoutes } from "./routes/erasures.ts";
import { eventsRoutes } from "./routes/events.ts";
import { healthRoutes } from "./routes/health.ts";
import { invitationsRoutes } from "./routes/invitations.ts";
import { jobEventsRoutes } from "./routes/job-events.ts";
import { jobTasksRoutes } from "./routes/job-tasks.ts";
import { jobsRoutes } from "./routes/jobs.ts";
import { keysRoutes } from "./routes/keys.ts";
import { leaseRoutes } from "./routes/leases.ts";
import { metricsRoutes } from "./routes/metrics.ts";
import { openapiRoutes } from "./routes/openapi.ts";
import { outputsRoutes } from "./routes/outputs.ts";
import { ownKeysRoutes } from "./routes/own-keys.ts";
import { playRoutes } from "./routes/play.ts";
import { playbackRoutes } from "./routes/playback.ts";
import { presetsRoutes } from "./routes/presets.ts";
import { regionHistoryRoutes } from "./routes/region-history.ts";
import { regionsRoutes } from "./routes/regions.ts";
import { registrationTokensRoutes } from "./routes/registration-tokens.ts";
import { runnerWorkRoutes } from "./routes/runner-work.ts";
import { runnersRoutes } from "./routes/runners.ts";
import { sessionsRoutes } from "./routes/sessions.ts";
import { keySetRoutes, signingKeysRoutes } from "./routes/signing-keys.ts";
import { storageCheckRoutes } from "./routes/storage-check.ts";
import { tenantsRoutes } from "./routes/tenants.ts";
import { usageRoutes } from "./routes/usage.ts";
import { usersRoutes } from "./routes/users.ts";
import { waitingRoutes } from "./routes/waiting.ts";
import { webhookDeliveriesRoutes } from "./routes/webhook-deliveries.ts";
import { webhooksRoutes } from "./routes/webhooks.ts";

/** The control plane's HTTP side: every resource, and the one boundary where errors become answers. */
export function createApp(): Router {
  const app = newRouter();
  app.use(requestContext);
  app.use(securityHeaders);
  app.use(servePage);
  app.use(keepPrivate);
  app.use(cors);
  // From here on nothing is done for whoever asks too much.
  app.use(rateLimit);
  app.use(refuseLargeBody);
  app.use(refuseStrangeBody);
  app.use(sendWebhooksSoon);

  app.route("/", healthRoutes());
  app.route("/", metricsRoutes());
  app.route("/", keySetRoutes());
  const resources = [
    bootstrapRoutes(),
    keysRoutes(),
    sessionsRoutes(),
    browserSessionsRoutes(),
    accountRoutes(),
    ownKeysRoutes(),
    signingKeysRoutes(),
    usersRoutes(),
    invitationsRoutes(),
    auditRoutes(),
    tenantsRoutes(),
    usageRoutes(),
    assetsRoutes(),
    jobsRoutes(),
    batchesRoutes(),
    connectionsRoutes(),
    jobEventsRoutes(),
    jobTasksRoutes(),
    waitingRoutes(),
    deadLettersRoutes(),
    deadMessagesRoutes(),
    breakersRoutes(),
    outputsRoutes(),
    playbackRoutes(),
    playRoutes(),
    erasuresRoutes(),
    storageCheckRoutes(),
    eventsRoutes(),
    webhooksRoutes(),
    webhookDeliveriesRoutes(),
    presetsRoutes(),
    regionsRoutes(),
    regionHistoryRoutes(),
    registrationTokensRoutes(),
    runnersRoutes(),
    runnerWorkRoutes(),
    leaseRoutes(),
  ];
  for (const resource of resources) app.route(apiPrefix, resource);
  app.route(apiPrefix, openapiRoutes(app));

  app.onError(answerError);
  app.notFound(unknownRoute(app));
  return app;
}
