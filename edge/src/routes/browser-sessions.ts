import { createRoute } from "@hono/zod-openapi";
import { BrowserSession, BrowserSignIn, SignInLink } from "@reelway/shared/contracts/browser-session";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Context } from "hono";
import { auditOf, auditorOf } from "../audit/audit-entry.ts";
import { forgetCredential } from "../auth/holders.ts";
import { callerInBrowser } from "../auth/session-caller.ts";
import type { AppEnv } from "../http/app-env.ts";
import { requireHttps, requireOwnPage } from "../http/own-page.ts";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { clearSessionCookie, setSessionCookie } from "../http/session-cookie.ts";
import { callerOf, needsBearer, needsBrowser } from "../middleware/authenticate.ts";
import { callerPlace } from "../safety/caller-address.ts";
import { beginBrowserSession } from "../sessions/browser/begin.ts";
import { createSignInLink } from "../sessions/browser/create-link.ts";
import { findBrowserSession, revokeBrowserSession } from "../store/browser-sessions.ts";
import { describeCaller } from "../users/describe-caller.ts";

const tags = ["sessions"];
const path = "/auth/browser-session";

const begin = createRoute({
  method: "post",
  path,
  tags,
  operationId: "beginBrowserSession",
  summary: "Sign a browser in: its session is a cookie",
  description: "For the installation's own page: it needs the page's `Origin` and the header `x-reelway-csrf: 1`.",
  ...problems("unauthenticated", "login_refused", "sign_in_link_refused", "cross_site_request", "https_required"),
  request: { body: jsonBody(BrowserSignIn) },
  responses: { 200: jsonResponse(BrowserSession, "Who is signed in; the cookie is in Set-Cookie") },
});

const get = createRoute({
  method: "get",
  path,
  tags,
  summary: "Who is signed in in this browser, and until when",
  ...needsBrowser(),
  responses: { 200: jsonResponse(BrowserSession, "Who is signed in") },
});

const end = createRoute({
  method: "delete",
  path,
  tags,
  operationId: "endBrowserSession",
  summary: "Sign this browser out",
  ...needsBrowser(),
  responses: { 204: { description: "The session is over, and the cookie is gone" } },
});

const createLink = createRoute({
  method: "post",
  path: "/auth/sign-in-links",
  tags,
  summary: "Make a link that signs one browser in, once, as the bearer",
  ...needsBearer(),
  responses: { 201: jsonResponse(SignInLink, "The link; its code is shown this once") },
});

export function browserSessionsRoutes(): Router {
  const router = newRouter();

  router.openapi(begin, async (c) => {
    requireOwnPage(c);
    requireHttps(c);
    const now = Date.now();
    const { cookie, session } = await beginBrowserSession(c.env, c.get("settings"), {
      shown: c.req.valid("json"),
      ip: callerPlace(c).ip,
      userAgent: c.req.header("user-agent") ?? "",
      now,
      auditWith: auditorOf(c),
    });
    setSessionCookie(c, cookie, Math.ceil((session.expiresAt - now) / 1_000));
    return c.json(await describe(c, session.id, now), 200);
  });

  router.openapi(get, async (c) => c.json(await describe(c, sessionIdOf(c), Date.now()), 200));

  router.openapi(end, async (c) => {
    const sessionId = sessionIdOf(c);
    const audit = auditOf(c, { action: "session.revoke", resource: sessionId });
    await revokeBrowserSession(c.env, sessionId, Date.now(), audit);
    forgetCredential(sessionId);
    clearSessionCookie(c);
    return c.body(null, 204);
  });

  router.openapi(createLink, async (c) => {
    const link = await createSignInLink(c.env, c.get("settings"), {
      caller: callerOf(c),
      now: Date.now(),
      auditWith: (resource) => auditOf(c, { action: "sign_in_link.create", resource }),
    });
    return c.json(link, 201);
  });

  return router;
}

function sessionIdOf(c: Context<AppEnv>): string {
  const { sessionId } = callerOf(c);
  if (sessionId === undefined) throw new ReelwayError("unauthenticated");
  return sessionId;
}

async function describe(c: Context<AppEnv>, id: string, now: number): Promise<BrowserSession> {
  const { browserSessionIdleMs } = c.get("settings");
  const found = await findBrowserSession(c.env, id);
  const caller = found && callerInBrowser(found, now, browserSessionIdleMs);
  if (!caller) throw new ReelwayError("unauthenticated");
  const { createdAt, expiresAt } = found.session;
  return {
    id,
    caller: await describeCaller(c.env, caller),
    createdAt,
    expiresAt,
    idleTimeoutMs: browserSessionIdleMs,
  };
}
