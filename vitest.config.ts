import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Logs of the stack's processes matter only where a test failed.
    silent: "passed-only",
    projects: [
      { test: { name: "shared", include: ["shared/**/*.test.ts"] } },
      { test: { name: "runner", include: ["runner/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 } },
      "edge/vitest.config.*",
      { test: { name: "stack", include: ["infra/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: "bench", include: ["test/bench/**/*.test.ts"] } },
      { test: { name: "conformance", include: ["test/conformance/**/*.test.ts"] } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          // Alone on the machine, when all others are done: whole stacks under load measure only the load.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
