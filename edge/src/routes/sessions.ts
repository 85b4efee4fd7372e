import { createRoute, z } from "@hono/zod-openapi";
import { PageQuery, page } from "@reelway/shared/contracts/page";
import { LoginRequest, RefreshRequest, Session, SessionsEnd, SessionTokens } from "@reelway/shared/contracts/session";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { SessionId } from "@reelway/shared/ids";
import { auditOf, auditorOf } from "../audit/audit-entry.ts";
import { forgetUser } from "../auth/holders.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { needsCaller, signedInUserOf } from "../middleware/authenticate.ts";
import { callerPlace } from "../safety/caller-address.ts";
import { login } from "../sessions/login.ts";
import { presentSession } from "../sessions/present-session.ts";
import { refreshSession } from "../sessions/refresh.ts";
import { listSessions, revokeSession, revokeSessions } from "../store/sessions.ts";

const tags = ["sessions"];

const begin = createRoute({
  method: "post",
  path: "/auth/login",
  tags,
  summary: "Sign in with e-mail address and password",
  ...problems("login_refused", "rate_limited"),
  request: { body: jsonBody(LoginRequest) },
  responses: { 200: jsonResponse(SessionTokens, "The session's tokens") },
});

const refresh = createRoute({
  method: "post",
  path: "/auth/refresh",
  tags,
  summary: "Exchange a refresh token for the next one and a new access token",
  ...problems("session_refused"),
  request: { body: jsonBody(RefreshRequest) },
  responses: { 200: jsonResponse(SessionTokens, "The session's new tokens") },
});

const logout = createRoute({
  method: "post",
  path: "/auth/logout",
  tags,
  summary: "End the session that asks",
  ...needsCaller(),
  ...problems("forbidden"),
  responses: { 204: { description: "The session is over" } },
});

const list = createRoute({
  method: "get",
  path: "/auth/sessions",
  tags,
  summary: "List one's own sessions, newest first",
  ...needsCaller(),
  ...problems("forbidden"),
  request: { query: PageQuery },
  responses: { 200: jsonResponse(page(Session), "A page of sessions") },
});

const revoke = createRoute({
  method: "delete",
  path: "/auth/sessions/{id}",
  tags,
  summary: "End one of one's own sessions",
  ...needsCaller(),
  ...problems("forbidden"),
  request: { params: z.object({ id: SessionId }) },
  responses: { 204: { description: "The session is over" } },
});

const revokeAll = createRoute({
  method: "delete",
  path: "/auth/sessions",
  tags,
  summary: "End all of one's own sessions, or all others",
  ...needsCaller(),
  ...problems("forbidden"),
  request: { query: SessionsEnd },
  responses: { 204: { description: "The sessions are over" } },
});

export function sessionsRoutes(): Router {
  const router = newRouter();

  router.openapi(begin, async (c) => {
    const tokens = await login(c.env, c.get("settings"), {
      ...c.req.valid("json"),
      ip: callerPlace(c).ip,
      userAgent: c.req.header("user-agent") ?? "",
      now: Date.now(),
      auditWith: auditorOf(c),
    });
    return c.json(tokens, 200);
  });

  router.openapi(refresh, async (c) => {
    const { refreshToken } = c.req.valid("json");
    const wanted = { refreshToken, now: Date.now(), auditWith: auditorOf(c) };
    return c.json(await refreshSession(c.env, c.get("settings"), wanted), 200);
  });

  router.openapi(logout, async (c) => {
    const { id, sessionId } = signedInUserOf(c);
    const audit = auditOf(c, { action: "session.revoke", resource: sessionId });
    await revokeSession(c.env, id, sessionId, Date.now(), audit);
    forgetUser(id);
    return c.body(null, 204);
  });

  router.openapi(list, async (c) => {
    const { id, tenantId, sessionId } = signedInUserOf(c);
    const { cursor, limit } = c.req.valid("query");
    const settings = c.get("settings");
    const scope = { list: "sessions", tenantId, filters: { userId: id } };
    const afterId = await decodeCursor(settings, scope, cursor);
    const now = Date.now();
    const idleSince = now - settings.browserSessionIdleMs;
    const rows = await listSessions(c.env, id, { afterId, limit: limit + 1, now, idleSince });
    return c.json(await pageOf(settings, scope, rows, limit, (row) => presentSession(row, sessionId)), 200);
  });

  router.openapi(revoke, async (c) => {
    const { id } = signedInUserOf(c);
    const { id: sessionId } = c.req.valid("param");
    const audit = auditOf(c, { action: "session.revoke", resource: sessionId });
    if (!(await revokeSession(c.env, id, sessionId, Date.now(), audit))) throw new ReelwayError("not_found");
    forgetUser(id);
    return c.body(null, 204);
  });

  router.openapi(revokeAll, async (c) => {
    const { id, sessionId } = signedInUserOf(c);
    const kept = c.req.valid("query").keep === "current" ? sessionId : null;
    const detail = { all: true, ...(kept !== null && { kept }) };
    const audit = auditOf(c, { action: "session.revoke", resource: id, detail });
    await revokeSessions(c.env, id, { kept, now: Date.now(), audit });
    forgetUser(id);
    return c.body(null, 204);
  });

  return router;
}
