import { defineConfig } from "vite";
import { firstLoad } from "./build/first-load.ts";

/** Where `pnpm dev` sends the API's calls, and the key that it adds to them in the place of a session. */
const api = process.env.REELWAY_URL ?? "http://127.0.0.1:8787";
const key = process.env.REELWAY_API_KEY;

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: { dedupe: ["preact"] },
  build: {
    target: "es2023",
    outDir: "dist",
    // The page's policy takes no data: URLs and no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  plugins: [firstLoad({ maxBytes: 150_000 })],
  server: {
    proxy: {
      "/api": { target: api, ws: true, ...(key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }) },
    },
  },
});
