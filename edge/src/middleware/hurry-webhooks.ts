import type { MiddlewareHandler } from "hono";
import { eventsNoted, noteEvents } from "../events/written.ts";
import type { AppEnv } from "../http/app-env.ts";
import { hurryWebhooks } from "../webhooks/hurry.ts";

/** Behind a request that wrote events their webhooks are sent at once; the answer does not wait for it. */
export const sendWebhooksSoon: MiddlewareHandler<AppEnv> = async (c, next) => {
  const before = eventsNoted();
  await next();
  // Events are noted when their statements are made: whoever has looked since may have come before their batch.
  if (eventsNoted() > before) noteEvents();
  c.executionCtx.waitUntil(hurryWebhooks(c.env));
};
