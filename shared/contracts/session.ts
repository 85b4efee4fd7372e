import { z } from "zod";
import { SessionId } from "../ids.ts";
import { Timestamp } from "./time.ts";
import { Email, TriedPassword, User } from "./user.ts";

/** `POST /api/v1/auth/login`. */
export const LoginRequest = z.strictObject({ email: Email, password: TriedPassword }).meta({ id: "LoginRequest" });
export type LoginRequest = z.input<typeof LoginRequest>;

/** `POST /api/v1/auth/refresh`. */
export const RefreshRequest = z.strictObject({ refreshToken: z.string().max(200) }).meta({ id: "RefreshRequest" });
export type RefreshRequest = z.infer<typeof RefreshRequest>;

/** A session's tokens. The access token is a JWT for `Authorization: Bearer`; the refresh token changes with each use. */
export const SessionTokens = z
  .object({
    sessionId: SessionId,
    accessToken: z.string(),
    expiresAt: Timestamp.meta({ description: "Of the access token" }),
    refreshToken: z.string().meta({ description: "Good for one refresh" }),
    sessionExpiresAt: Timestamp.meta({ description: "After it only a new login helps" }),
    user: User,
  })
  .meta({ id: "SessionTokens" });
export type SessionTokens = z.infer<typeof SessionTokens>;

/** A signed-in user on one device. */
export const Session = z
  .object({
    id: SessionId,
    current: z.boolean().meta({ description: "The one that asks" }),
    browser: z.boolean().meta({ description: "Of the dashboard: a cookie of a browser, and no tokens" }),
    userAgent: z.string(),
    ip: z.string().nullable(),
    createdAt: Timestamp,
    refreshedAt: Timestamp.meta({ description: "Last refreshed; of a browser: last used, to the minute" }),
    expiresAt: Timestamp,
  })
  .meta({ id: "Session" });
export type Session = z.infer<typeof Session>;

/** `DELETE /api/v1/auth/sessions`. */
export const SessionsEnd = z.object({
  keep: z.literal("current").optional().meta({ description: "The one that asks goes on; without it, all end" }),
});
export type SessionsEnd = z.infer<typeof SessionsEnd>;

/** `POST /api/v1/auth/signing-keys/rotate`. */
export const SigningKey = z
  .object({ kid: z.string(), createdAt: Timestamp, retiredAt: Timestamp.nullable() })
  .meta({ id: "SigningKey" });
export type SigningKey = z.infer<typeof SigningKey>;

/** `GET /.well-known/jwks.json`: the public halves of the keys whose tokens are accepted (RFC 7517). */
export const JsonWebKeySet = z
  .object({
    keys: z.array(
      z.object({
        kty: z.literal("OKP"),
        crv: z.literal("Ed25519"),
        x: z.string(),
        kid: z.string(),
        alg: z.literal("EdDSA"),
        use: z.literal("sig"),
      }),
    ),
  })
  .meta({ id: "JsonWebKeySet" });
export type JsonWebKeySet = z.infer<typeof JsonWebKeySet>;
