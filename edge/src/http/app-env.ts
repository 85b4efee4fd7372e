import type { Principal } from "../auth/principal.ts";
import type { Env } from "../env.ts";
import type { PlaybackClaims } from "../playback/token.ts";
import type { Settings } from "../settings.ts";
import type { Log } from "./log.ts";

/** What every handler finds in its context. `principal` is there only behind `require(permission)`. */
export interface AppEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    /** For what this request causes: its own span while tracing is on, else what the caller sent; null for neither. */
    traceparent: string | null;
    /** What is shown and could be a credential of ours; set while requests are limited. */
    credential: string | undefined;
    principal: Principal;
    /** By what the caller is authenticated, or tried to be; unset where nobody asked. */
    shownBy: "bearer" | "cookie" | undefined;
    /** Behind `authenticatePlayer`: what a playback token is for. */
    player: PlaybackClaims;
    settings: Settings;
    log: Log;
  };
}
