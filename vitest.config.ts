import { defineConfig } from "vitest/config";
import { testWorkers as maxWorkers, stackWorkers } from "./test/support/test-workers.ts";

/** Of tests that start processes: a deadline for hangs, far beyond what a busy machine takes. */
const deadlines = { testTimeout: 180_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    // Logs of the stack's processes matter only where a test failed.
    silent: "passed-only",
    globalSetup: ["test/support/run-folder.ts"],
    projects: [
      { test: { name: "shared", include: ["shared/**/*.test.ts"], maxWorkers, ...deadlines } },
      { test: { name: "runner", include: ["runner/**/*.test.ts"], maxWorkers, ...deadlines } },
      "edge/vitest.config.*",
      { test: { name: "web", include: ["edge/web/**/*.test.ts"], maxWorkers } },
      { test: { name: "stack", include: ["infra/**/*.test.ts"], maxWorkers, ...deadlines } },
      { test: { name: "bench", include: ["test/bench/**/*.test.ts"], maxWorkers } },
      { test: { name: "weather", include: ["test/weather/**/*.test.ts"], maxWorkers, ...deadlines } },
      { test: { name: "conformance", include: ["test/conformance/**/*.test.ts"], maxWorkers } },
      {
        test: {
          name: "playback",
          include: ["test/playback/**/*.test.ts"],
          testTimeout: 60_000,
          // The engine is built first, where that has not been done.
          hookTimeout: 600_000,
          // Behind everything else: a player that gets no CPU stalls.
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "dashboard",
          include: ["test/dashboard/**/*.test.ts"],
          globalSetup: ["test/dashboard/build-page.ts"],
          // Each waits for conversions, and the engine is built first where that has not been done.
          testTimeout: 300_000,
          hookTimeout: 900_000,
          expect: { poll: { timeout: 60_000 } },
          // As for players: a browser that gets no CPU shows nothing.
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          // When all others are done, and few at a time: each waits more than it works, but many whole stacks at once
          // would measure only the load.
          maxWorkers: stackWorkers,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
