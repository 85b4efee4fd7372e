import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { verifyPlayback } from "../playback/token.ts";
import { limitPlayer, limitStranger } from "./rate-limit.ts";

/** Behind it a player asks, whose token is in the path. Throws `playback_refused`, `rate_limited`. */
export const authenticatePlayer: MiddlewareHandler<AppEnv> = async (c, next) => {
  const token = c.req.param("token") ?? "";
  try {
    c.set("player", await verifyPlayback(c.get("settings"), token, Date.now()));
  } catch (refusal) {
    await limitStranger(c);
    throw refusal;
  }
  await limitPlayer(c, token);
  await next();
  // Pages of any origin play it: who holds the token may.
  c.res.headers.set("cross-origin-resource-policy", "cross-origin");
};
