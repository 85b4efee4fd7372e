import { createRoute, z } from "@hono/zod-openapi";
import {
  Invitation,
  InvitationAcceptance,
  InvitationCreated,
  InvitationRequest,
} from "@reelway/shared/contracts/invitation";
import { PageQuery, page } from "@reelway/shared/contracts/page";
import { User } from "@reelway/shared/contracts/user";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { InvitationId, TenantId } from "@reelway/shared/ids";
import { auditOf, auditorOf } from "../audit/audit-entry.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { idempotencyHeader, idempotentRequest, markReplayed } from "../http/idempotency.ts";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { acceptInvitation } from "../invitations/accept-invitation.ts";
import { createInvitation } from "../invitations/create-invitation.ts";
import { presentInvitation } from "../invitations/present-invitation.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { listInvitations, revokeInvitation } from "../store/invitations.ts";
import { tenantInScope } from "../tenants/tenant-in-scope.ts";
import { presentUser } from "../users/present-user.ts";

const OtherTenant = z.object({
  tenantId: TenantId.optional().meta({ description: "Another tenant's invitations; only platform admins may" }),
});

const create = createRoute({
  method: "post",
  path: "/invitations",
  tags: ["users"],
  summary: "Invite somebody into the tenant",
  ...needs("users:write"),
  ...problems("user_exists", "not_found"),
  request: { headers: idempotencyHeader, body: jsonBody(InvitationRequest) },
  responses: { 201: jsonResponse(InvitationCreated, "The invitation; its token is shown this once") },
});

const list = createRoute({
  method: "get",
  path: "/invitations",
  tags: ["users"],
  summary: "List invitations and password resets, newest first",
  ...needs("users:read"),
  request: { query: PageQuery.extend(OtherTenant.shape) },
  responses: { 200: jsonResponse(page(Invitation), "A page of invitations") },
});

const revoke = createRoute({
  method: "delete",
  path: "/invitations/{id}",
  tags: ["users"],
  summary: "Revoke an invitation or a password reset",
  ...needs("users:write"),
  request: { params: z.object({ id: InvitationId }), query: OtherTenant },
  responses: { 204: { description: "It is open no more" } },
});

const accept = createRoute({
  method: "post",
  path: "/invitations/accept",
  tags: ["users"],
  summary: "Turn an invitation into an account",
  ...problems("invitation_refused"),
  request: { body: jsonBody(InvitationAcceptance) },
  responses: { 201: jsonResponse(User, "The account; sign in with its address and password") },
});

export function invitationsRoutes(): Router {
  const router = newRouter();

  router.openapi(create, async (c) => {
    const caller = callerOf(c);
    const { email, role, tenantId: named } = c.req.valid("json");
    const tenantId = tenantInScope(caller, named);
    const { invitation, replayed } = await createInvitation(c.env, c.get("settings"), {
      caller,
      tenantId,
      email,
      role,
      request: await idempotentRequest(c, caller.tenantId, "POST /invitations"),
      now: Date.now(),
      auditWith: (resource) => auditOf(c, { action: "invitation.create", tenantId, resource, detail: { email, role } }),
    });
    markReplayed(c, replayed);
    return c.json(invitation, 201);
  });

  router.openapi(list, async (c) => {
    const { cursor, limit, tenantId: named } = c.req.valid("query");
    const settings = c.get("settings");
    const tenantId = tenantInScope(callerOf(c), named);
    const scope = { list: "invitations", tenantId, filters: {} };
    const after = await decodeCursor(settings, scope, cursor);
    const rows = await listInvitations(c.env, tenantId, after, limit + 1);
    return c.json(await pageOf(settings, scope, rows, limit, presentInvitation), 200);
  });

  router.openapi(revoke, async (c) => {
    const { id } = c.req.valid("param");
    const tenantId = tenantInScope(callerOf(c), c.req.valid("query").tenantId);
    const audit = auditOf(c, { action: "invitation.revoke", tenantId, resource: id });
    if (!(await revokeInvitation(c.env, tenantId, id, Date.now(), audit))) throw new ReelwayError("not_found");
    return c.body(null, 204);
  });

  router.openapi(accept, async (c) => {
    const user = await acceptInvitation(c.env, c.get("settings"), {
      wanted: c.req.valid("json"),
      now: Date.now(),
      auditWith: auditorOf(c),
    });
    return c.json(presentUser(user), 201);
  });

  return router;
}
