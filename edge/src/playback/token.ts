import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { JobId } from "@reelway/shared/ids";
import { z } from "zod";
import { sign, verify } from "../auth/signing.ts";
import { fromBase64Url, toBase64Url } from "../encoding/base64url.ts";
import type { Settings } from "../settings.ts";

/** Who holds it may play this one job's result until then. It stands in the path of every URL that a player asks for. */
const PlaybackClaims = z.object({ version: z.literal(1), jobId: JobId, expiresAt: z.int() });
export type PlaybackClaims = z.infer<typeof PlaybackClaims>;

/** `<claims>.<HMAC-SHA256>`, both base64url: of the form that logs black out. */
export async function signPlayback(settings: Settings, claims: Omit<PlaybackClaims, "version">): Promise<string> {
  const body = toBase64Url(new TextEncoder().encode(JSON.stringify({ version: 1, ...claims })));
  return `${body}.${toBase64Url(await sign(settings, "playback", body))}`;
}

/** What a token is for. Throws `playback_refused`, whatever is wrong with it. */
export async function verifyPlayback(settings: Settings, token: string, now: number): Promise<PlaybackClaims> {
  const [body = "", signature = "", ...rest] = token.split(".");
  const bytes = fromBase64Url(signature);
  if (rest.length > 0 || !bytes || !(await verify(settings, "playback", body, bytes)))
    throw new ReelwayError("playback_refused");
  const claims = PlaybackClaims.safeParse(JSON.parse(new TextDecoder().decode(fromBase64Url(body))));
  if (!claims.success || claims.data.expiresAt <= now) throw new ReelwayError("playback_refused");
  return claims.data;
}
