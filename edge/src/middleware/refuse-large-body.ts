import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { AppEnv } from "../http/app-env.ts";
import { bodyBytesMax } from "../http/body-bytes.ts";

/** Bodies are JSON of bounded size, whatever their Content-Length says. Throws `body_too_large`. */
export const refuseLargeBody: MiddlewareHandler<AppEnv> = (c, next) => {
  const maxSize = bodyBytesMax(c.req.path);
  const refuse = () => {
    throw new ReelwayError("body_too_large", `At most ${maxSize} bytes`);
  };
  return bodyLimit({ maxSize, onError: refuse })(c, next);
};
