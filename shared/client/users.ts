import {
  Invitation,
  type InvitationAcceptance,
  InvitationCreated,
  type InvitationRequest,
} from "../contracts/invitation.ts";
import { type PageQuery, page } from "../contracts/page.ts";
import { User, type UserUpdate } from "../contracts/user.ts";
import { type Http, pathOf } from "./http.ts";

/** Platform admins may name another tenant than their own. */
interface OtherTenant {
  tenantId?: string | undefined;
}

/** The people of a tenant. */
export function usersResource(http: Http) {
  return {
    list: (query: Partial<PageQuery> & OtherTenant = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/users", query: { ...query }, schema: page(User), signal }),
    get: (id: string, query: OtherTenant = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: pathOf`/users/${id}`, query: { ...query }, schema: User, signal }),
    /** A new role or standing ends their sessions. The last admin stays one: `last_admin`. */
    update: (id: string, update: UserUpdate, query: OtherTenant = {}, signal?: AbortSignal) =>
      http.json({
        method: "PATCH",
        path: pathOf`/users/${id}`,
        query: { ...query },
        body: update,
        schema: User,
        signal,
      }),
    /** The answer holds a token by which the user sets a new password: it is shown this once. */
    resetPassword: (id: string, query: OtherTenant = {}, signal?: AbortSignal) =>
      http.json({
        method: "POST",
        path: pathOf`/users/${id}/password-reset`,
        query: { ...query },
        schema: InvitationCreated,
        signal,
      }),
  };
}

/** Open invitations, and resets of passwords. */
export function invitationsResource(http: Http) {
  return {
    /** The answer holds the token: it is shown this once. */
    create: (request: InvitationRequest, signal?: AbortSignal) =>
      http.json({ method: "POST", path: "/invitations", body: request, schema: InvitationCreated, signal }),
    list: (query: Partial<PageQuery> & OtherTenant = {}, signal?: AbortSignal) =>
      http.json({ method: "GET", path: "/invitations", query: { ...query }, schema: page(Invitation), signal }),
    revoke: (id: string, query: OtherTenant = {}, signal?: AbortSignal) =>
      http.done({ method: "DELETE", path: pathOf`/invitations/${id}`, query: { ...query }, signal }),
    /** Makes the account; needs no credential but the token. */
    accept: (request: InvitationAcceptance, signal?: AbortSignal) =>
      http.json({ method: "POST", path: "/invitations/accept", body: request, schema: User, signal }),
  };
}
