import { createRoute } from "@hono/zod-openapi";
import { PasswordReset } from "@reelway/shared/contracts/invitation";
import { Me, PasswordChange } from "@reelway/shared/contracts/user";
import { auditOf, auditorOf } from "../audit/audit-entry.ts";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { resetPassword } from "../invitations/accept-invitation.ts";
import { callerOf, needsCaller, signedInUserOf } from "../middleware/authenticate.ts";
import { callerPlace } from "../safety/caller-address.ts";
import { changePassword } from "../users/change-password.ts";
import { describeCaller } from "../users/describe-caller.ts";

const tags = ["sessions"];

const me = createRoute({
  method: "get",
  path: "/auth/me",
  tags,
  summary: "Who the bearer is, and what they may do",
  ...needsCaller(),
  responses: { 200: jsonResponse(Me, "The caller") },
});

const password = createRoute({
  method: "post",
  path: "/auth/password",
  tags,
  summary: "Change one's own password; other sessions end",
  ...needsCaller(),
  ...problems("forbidden", "rate_limited", "session_refused"),
  request: { body: jsonBody(PasswordChange) },
  responses: { 204: { description: "The password is changed" } },
});

const reset = createRoute({
  method: "post",
  path: "/auth/password-reset",
  tags,
  summary: "Set a new password with the token of a reset",
  ...problems("invitation_refused"),
  request: { body: jsonBody(PasswordReset) },
  responses: { 204: { description: "The password is changed; sign in with it" } },
});

/** What people do with their own account, whichever session they do it by. */
export function accountRoutes(): Router {
  const router = newRouter();

  router.openapi(me, async (c) => c.json(await describeCaller(c.env, callerOf(c)), 200));

  router.openapi(password, async (c) => {
    const { id: userId, tenantId, sessionId } = signedInUserOf(c);
    const changing = {
      tenantId,
      userId,
      sessionId,
      wanted: c.req.valid("json"),
      ip: callerPlace(c).ip,
      now: Date.now(),
      audit: auditOf(c, { action: "user.password", resource: userId }),
    };
    await changePassword(c.env, c.get("settings"), changing);
    return c.body(null, 204);
  });

  router.openapi(reset, async (c) => {
    await resetPassword(c.env, c.get("settings"), {
      wanted: c.req.valid("json"),
      now: Date.now(),
      auditWith: auditorOf(c),
    });
    return c.body(null, 204);
  });

  return router;
}
