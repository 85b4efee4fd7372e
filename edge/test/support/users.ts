import { InvitationCreated } from "@reelway/shared/contracts/invitation";
import { SessionTokens } from "@reelway/shared/contracts/session";
import { User } from "@reelway/shared/contracts/user";
import type { Role } from "@reelway/shared/permissions";
import { api } from "./api.ts";
import type { TestKey } from "./tenants.ts";

export const password = "correct horse battery staple";

/** A network of its own for every call, so that no limit of one place is in the way. */
export function somewhere(): Record<string, string> {
  const [a, b, c] = crypto.getRandomValues(new Uint8Array(3));
  return { "cf-connecting-ip": `10.${a}.${b}.${c}` };
}

export async function invite(by: TestKey, email: string, role: Role): Promise<InvitationCreated> {
  const response = await api("/invitations", { method: "POST", key: by.secret, body: { email, role } });
  return InvitationCreated.parse(await response.json());
}

export function accept(token: string | null, name = "Somebody", more = {}): Promise<Response> {
  const body = { token: token ?? "", name, password, ...more };
  return api("/invitations/accept", { method: "POST", body, headers: somewhere() });
}

/** A user with this role in the key's tenant. */
export async function newUser(by: TestKey, email: string, role: Role = "member"): Promise<User> {
  const { token } = await invite(by, email, role);
  return User.parse(await (await accept(token)).json());
}

export function tryLogin(email: string, tried = password, headers = somewhere()): Promise<Response> {
  return api("/auth/login", { method: "POST", body: { email, password: tried }, headers });
}

export async function signIn(email: string, tried = password): Promise<SessionTokens> {
  return SessionTokens.parse(await (await tryLogin(email, tried)).json());
}

export function refresh(refreshToken: string): Promise<Response> {
  return api("/auth/refresh", { method: "POST", body: { refreshToken }, headers: somewhere() });
}
