import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../http/app-env.ts";
import { bodyBytesMax } from "../http/body-bytes.ts";
import { nestsDeeperThan } from "../safety/json-depth.ts";

/** Bodies are plain JSON of bounded depth. Throws `unsupported_media_type`, `body_too_large`, `invalid_request`. */
export const refuseStrangeBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.raw.body === null) return next();
  const coding = c.req.header("content-encoding") ?? "identity";
  if (coding !== "identity")
    throw new ReelwayError("unsupported_media_type", "Send the body as it is, without Content-Encoding");
  const text = await c.req.text();
  // A Content-Length was believed until here.
  if (text.length > bodyBytesMax(c.req.path)) throw new ReelwayError("body_too_large");
  if (nestsDeeperThan(limits.requestBodyDepth, text))
    throw new ReelwayError("invalid_request", `The body is nested deeper than ${limits.requestBodyDepth} levels`);
  await next();
};
