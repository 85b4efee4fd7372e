import { type Client, createClient } from "@reelway/shared/client/client";
import { apiPrefix } from "@reelway/shared/contracts/api-prefix";
import { lost } from "../session/lost.ts";
import { putWithProgress } from "../upload/put-with-progress.ts";

/** The API with the cookie of whoever has signed in. */
export const client: Client = createClient({
  url: location.origin,
  // No form and no other page can send it: with the cookie it is what makes a change ours (docs/security.md).
  headers: { "x-reelway-csrf": "1" },
  fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
    const response = await fetch(input, init);
    if (response.status === 401 && isOurs(input)) lost.value = true;
    return response;
  },
  put: putWithProgress,
});

/** Not those of a bucket, and not the one that asks whether somebody is signed in. */
function isOurs(input: RequestInfo | URL): boolean {
  const { origin, pathname } = new URL(input instanceof Request ? input.url : input, location.href);
  return origin === location.origin && !pathname.startsWith(`${apiPrefix}/play/`);
}
