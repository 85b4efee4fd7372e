import { defineConfig } from "vitest/config";

/** Run by `make image-test` alone, which builds the images first: `make test` has no container engine. */
export default defineConfig({
  test: {
    include: ["test/image/**/*.test.ts"],
    silent: "passed-only",
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // Stacks, encoders and containers share the machine's cores.
    maxWorkers: 1,
  },
});
