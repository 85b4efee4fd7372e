import { createRoute, z } from "@hono/zod-openapi";
import { InvitationCreated } from "@reelway/shared/contracts/invitation";
import { PageQuery, page } from "@reelway/shared/contracts/page";
import { User, UserUpdate } from "@reelway/shared/contracts/user";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { TenantId, UserId } from "@reelway/shared/ids";
import { auditOf } from "../audit/audit-entry.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { idempotencyHeader, markReplayed } from "../http/idempotency.ts";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { createPasswordReset } from "../invitations/create-invitation.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { findUser, listUsers } from "../store/users.ts";
import { tenantInScope } from "../tenants/tenant-in-scope.ts";
import { presentUser } from "../users/present-user.ts";
import { updateUser } from "../users/update-user.ts";

const OtherTenant = z.object({
  tenantId: TenantId.optional().meta({ description: "Another tenant's users; only platform admins may" }),
});
const params = z.object({ id: UserId });

const list = createRoute({
  method: "get",
  path: "/users",
  tags: ["users"],
  summary: "List users, newest first",
  ...needs("users:read"),
  request: { query: PageQuery.extend(OtherTenant.shape) },
  responses: { 200: jsonResponse(page(User), "A page of users") },
});

const get = createRoute({
  method: "get",
  path: "/users/{id}",
  tags: ["users"],
  summary: "One user",
  ...needs("users:read"),
  request: { params, query: OtherTenant },
  responses: { 200: jsonResponse(User, "The user") },
});

const update = createRoute({
  method: "patch",
  path: "/users/{id}",
  tags: ["users"],
  summary: "Change a user's name, role or standing; a new role or standing ends their sessions",
  ...needs("users:write"),
  ...problems("last_admin"),
  request: { params, query: OtherTenant, body: jsonBody(UserUpdate) },
  responses: { 200: jsonResponse(User, "The user as they are now") },
});

const reset = createRoute({
  method: "post",
  path: "/users/{id}/password-reset",
  tags: ["users"],
  summary: "Make a token by which a user sets a new password",
  ...needs("users:write"),
  request: { params, query: OtherTenant, headers: idempotencyHeader },
  responses: { 201: jsonResponse(InvitationCreated, "The token, shown this once") },
});

export function usersRoutes(): Router {
  const router = newRouter();

  router.openapi(list, async (c) => {
    const { cursor, limit, tenantId: named } = c.req.valid("query");
    const settings = c.get("settings");
    const tenantId = tenantInScope(callerOf(c), named);
    const scope = { list: "users", tenantId, filters: {} };
    const after = await decodeCursor(settings, scope, cursor);
    const rows = await listUsers(c.env, tenantId, after, limit + 1);
    return c.json(await pageOf(settings, scope, rows, limit, presentUser), 200);
  });

  router.openapi(get, async (c) => {
    const tenantId = tenantInScope(callerOf(c), c.req.valid("query").tenantId);
    const user = await findUser(c.env, tenantId, c.req.valid("param").id);
    if (!user) throw new ReelwayError("not_found");
    return c.json(presentUser(user), 200);
  });

  router.openapi(update, async (c) => {
    const caller = callerOf(c);
    const { id: userId } = c.req.valid("param");
    const wanted = c.req.valid("json");
    const tenantId = tenantInScope(caller, c.req.valid("query").tenantId);
    const { disabled, ...detail } = wanted;
    const audits = [
      ...(Object.keys(detail).length > 0 ? [{ action: "user.update" as const, detail }] : []),
      ...(disabled === undefined ? [] : [{ action: disabled ? ("user.disable" as const) : ("user.enable" as const) }]),
    ].map((audited) => auditOf(c, { ...audited, tenantId, resource: userId }));
    const user = await updateUser(c.env, { caller, tenantId, userId, wanted, now: Date.now(), audits });
    return c.json(presentUser(user), 200);
  });

  router.openapi(reset, async (c) => {
    const caller = callerOf(c);
    const { id: userId } = c.req.valid("param");
    const tenantId = tenantInScope(caller, c.req.valid("query").tenantId);
    const key = c.req.header("idempotency-key");
    // There is no body: what is asked for is in the path.
    const request = key && { tenantId: caller.tenantId, route: "POST /users/password-reset", key, bodyHash: userId };
    const { invitation, replayed } = await createPasswordReset(c.env, c.get("settings"), {
      caller,
      tenantId,
      userId,
      request: request || undefined,
      now: Date.now(),
      auditWith: (resource) =>
        auditOf(c, { action: "invitation.create", tenantId, resource, detail: { passwordOf: userId } }),
    });
    markReplayed(c, replayed);
    return c.json(invitation, 201);
  });

  return router;
}
