import type { BrowserSignIn } from "@reelway/shared/contracts/browser-session";
import type { Me } from "@reelway/shared/contracts/user";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import type { Permission } from "@reelway/shared/permissions";
import { useQuery, useQueryClient } from "@tanstack/preact-query";
import { client } from "../api/client.ts";
import { lost } from "./lost.ts";

/** Who is signed in; null for nobody. */
export function useSession() {
  return useQuery({
    queryKey: ["session"],
    queryFn: async ({ signal }): Promise<Me | null> => {
      try {
        return await client.auth.me(signal);
      } catch (error) {
        if (error instanceof ReelwayError && error.code === "unauthenticated") return null;
        throw error;
      }
    },
    staleTime: 60_000,
  });
}

/** Throws what refuses: `unauthenticated`, `login_refused`, `rate_limited`. */
export function useSignIn() {
  const queries = useQueryClient();
  return async (proof: BrowserSignIn) => {
    await client.auth.beginBrowserSession(proof);
    lost.value = false;
    await queries.invalidateQueries();
  };
}

export function useSignOut() {
  const queries = useQueryClient();
  return async () => {
    await client.auth.endBrowserSession();
    queries.clear();
    lost.value = true;
  };
}

/** Whether the one who is signed in may do that. Shows or hides; the API decides. */
export function useMay(): (permission: Permission) => boolean {
  const { data: me } = useSession();
  return (permission) => me?.permissions.includes(permission) ?? false;
}
