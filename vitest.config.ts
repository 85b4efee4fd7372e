import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "shared", include: ["shared/**/*.test.ts"] } },
      { test: { name: "runner", include: ["runner/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 } },
      "edge/vitest.config.*",
      { test: { name: "stack", include: ["infra/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: "bench", include: ["test/bench/**/*.test.ts"] } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
