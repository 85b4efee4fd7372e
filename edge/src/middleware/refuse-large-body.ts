import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { limits } from "@reelway/shared/limits";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { AppEnv } from "../http/app-env.ts";

/** Bodies are JSON of bounded size, whatever their Content-Length says. Throws `body_too_large`. */
export const refuseLargeBody: MiddlewareHandler<AppEnv> = bodyLimit({
  maxSize: limits.requestBodyBytes,
  onError: () => {
    throw new ReelwayError("body_too_large", `At most ${limits.requestBodyBytes} bytes`);
  },
});
