import { QueryClient } from "@tanstack/preact-query";

/** What the page has read: shown at once when it is wanted again, and read anew behind it. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      gcTime: 10 * 60_000,
      // The client of the API tries again by itself, and knows what is worth it.
      retry: false,
    },
  },
});
