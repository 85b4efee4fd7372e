import { BrowserSession, SignInLink } from "@reelway/shared/contracts/browser-session";
import { api, type Call, ORIGIN } from "./api.ts";
import { somewhere } from "./users.ts";

/** What the page sends with whatever is not a GET. */
export const fromPage = { origin: ORIGIN, "x-reelway-csrf": "1" };

export function trySignIn(body: object, headers: Record<string, string> = fromPage, origin = ORIGIN) {
  return api("/auth/browser-session", { method: "POST", body, origin, headers: { ...somewhere(), ...headers } });
}

/** A browser that is signed in: its session, and requests that carry its cookie as the page sends it. */
export async function signInBrowser(body: object) {
  const answer = await trySignIn(body);
  const session = BrowserSession.parse(await answer.json());
  const cookie = cookieOf(answer);
  const ask = (path: string, { headers, ...options }: Call = {}) =>
    api(path, { ...options, headers: { cookie, ...fromPage, ...headers } });
  return { session, cookie, ask };
}

/** `name=value` of the one cookie that an answer sets. */
export function cookieOf(answer: Response): string {
  const [text, ...more] = answer.headers.getSetCookie();
  if (text === undefined || more.length > 0) throw new Error(`not one cookie: ${answer.status}`);
  return text.split(";")[0] ?? "";
}

export async function newLink(key: string): Promise<SignInLink> {
  return SignInLink.parse(await (await api("/auth/sign-in-links", { method: "POST", key })).json());
}
