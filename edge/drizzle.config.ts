import { defineConfig } from "drizzle-kit";

/** `pnpm --filter @reelway/edge exec drizzle-kit generate` writes the next migration from the schema. */
export default defineConfig({ dialect: "sqlite", schema: "./src/store/schema.ts", out: "./migrations" });
