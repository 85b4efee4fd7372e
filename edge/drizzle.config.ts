import { defineConfig } from "drizzle-kit";

/** `make migration` writes the next migration from the schema. */
export default defineConfig({ dialect: "sqlite", schema: "./src/store/schema.ts", out: "./migrations" });
