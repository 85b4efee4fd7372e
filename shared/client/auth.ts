import { BrowserSession, type BrowserSignIn, SignInLink } from "../contracts/browser-session.ts";
import type { PasswordReset } from "../contracts/invitation.ts";
import { type PageQuery, page } from "../contracts/page.ts";
import { type LoginRequest, Session, type SessionsEnd, SessionTokens, SigningKey } from "../contracts/session.ts";
import { Me, type PasswordChange } from "../contracts/user.ts";
import { type Http, pathOf } from "./http.ts";

/** Sessions of people: signing in and out, and one's own account. */
export function authResource(http: Http) {
  return {
    /** Needs no credential but the password. The access token is then the client's `key`. */
    login: (request: LoginRequest, signal?: AbortSignal) =>
      http.json({ method: "POST", path: "/auth/login", body: request, schema: SessionTokens, signal }),
    /** Each refresh token is good for one refresh; the same one shown again later ends the session. */
    refresh: (refreshToken: string, signal?: AbortSignal) =>
      http.json({ method: "POST", path: "/auth/refresh", body: { refreshToken }, schema: SessionTokens, signal }),
    /** Ends the session of the client's own `key`. */
    logout: (signal?: AbortSignal) => http.done({ method: "POST", path: "/auth/logout", signal }),
    /** Of the installation's own page: signs this browser in by a cookie. The page sends `x-reelway-csrf: 1` with everything. */
    beginBrowserSession: (request: BrowserSignIn, signal?: AbortSignal) =>
      http.json({ method: "POST", path: "/auth/browser-session", body: request, schema: BrowserSession, signal }),
    /** Who is signed in in this browser. */
    browserSession: (signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/auth/browser-session", schema: BrowserSession, signal }),
    /** Signs this browser out; its cookie goes. */
    endBrowserSession: (signal?: AbortSignal) => http.done({ method: "DELETE", path: "/auth/browser-session", signal }),
    /** A link that signs one browser in, once, as the bearer. */
    createSignInLink: (signal?: AbortSignal) =>
      http.json({ method: "POST", path: "/auth/sign-in-links", schema: SignInLink, signal }),
    /** Who the bearer is, user or API key, and what they may do. */
    me: (signal?: AbortSignal) => http.json({ method: "GET", path: "/auth/me", schema: Me, signal }),
    /** One's own. */
    sessions: (query: Partial<PageQuery> = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/auth/sessions", query, schema: page(Session), signal }),
    /** Ends one of one's own. */
    revokeSession: (id: string, signal?: AbortSignal) =>
      http.done({ method: "DELETE", path: pathOf`/auth/sessions/${id}`, signal }),
    /** Every session of the user; this one too, where it is not kept. */
    revokeSessions: (query: SessionsEnd = {}, signal?: AbortSignal) =>
      http.done({ method: "DELETE", path: "/auth/sessions", query, signal }),
    /** Every other session of the user ends. */
    changePassword: (request: PasswordChange, signal?: AbortSignal) =>
      http.done({ method: "POST", path: "/auth/password", body: request, signal }),
    /** Needs no credential but the token of a reset. */
    resetPassword: (request: PasswordReset, signal?: AbortSignal) =>
      http.done({ method: "POST", path: "/auth/password-reset", body: request, signal }),
    /** Platform admins only. */
    rotateSigningKey: (signal?: AbortSignal) =>
      http.json({ method: "POST", path: "/auth/signing-keys/rotate", schema: SigningKey, signal }),
  };
}
