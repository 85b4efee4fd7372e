import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { browserWorkers, testWorkers as maxWorkers, stackWorkers } from "./test/support/test-workers.ts";

/** Of tests that start processes: a deadline for hangs, far beyond what a busy machine takes. */
const deadlines = { testTimeout: 180_000, hookTimeout: 180_000 };

/** What takes minutes and looks at a corner: not for every change, but every night and before a release (`make test-long`). */
const longTests = "*.long.test.ts";

/** A folder's tests as a project, and its long ones as another. */
function projectsOf(
  name: string,
  folder: string,
  options: TestProjectInlineConfiguration["test"] = {},
): TestProjectInlineConfiguration[] {
  const include = [`${folder}/**/*.test.ts`];
  const exclude = [...configDefaults.exclude, `**/${longTests}`];
  return [
    { test: { ...options, name, include, exclude } },
    { test: { ...options, name: `${name}-long`, include: [`${folder}/**/${longTests}`] } },
  ];
}

export default defineConfig({
  test: {
    // Logs of the stack's processes matter only where a test failed.
    silent: "passed-only",
    globalSetup: ["test/support/run-folder.ts"],
    projects: [
      { test: { name: "shared", include: ["shared/**/*.test.ts"], maxWorkers, ...deadlines } },
      ...projectsOf("runner", "runner", { maxWorkers, ...deadlines }),
      "edge/vitest.config.*",
      { test: { name: "web", include: ["edge/web/**/*.test.ts"], maxWorkers, ...deadlines } },
      ...projectsOf("stack", "infra", { maxWorkers, ...deadlines }),
      { test: { name: "bench", include: ["test/bench/**/*.test.ts"], maxWorkers } },
      { test: { name: "weather", include: ["test/weather/**/*.test.ts"], maxWorkers, ...deadlines } },
      { test: { name: "conformance", include: ["test/conformance/**/*.test.ts"], maxWorkers } },
      // When all others are done, and few at a time: each waits more than it works, but many whole stacks at once
      // would measure only the load.
      ...projectsOf("e2e", "test/e2e", {
        ...{ testTimeout: 180_000, hookTimeout: 120_000 },
        ...{ maxWorkers: stackWorkers, sequence: { groupOrder: 1 } },
      }),
      // Behind everything else: a player that gets no CPU stalls. The engine is built first, where that has not been done.
      ...projectsOf("playback", "test/playback", {
        ...{ testTimeout: 60_000, hookTimeout: 600_000 },
        ...{ maxWorkers: 1, sequence: { groupOrder: 2 } },
      }),
      // As for players: a browser that gets no CPU shows nothing. Each waits for conversions, and the engine is built first
      // where that has not been done.
      ...projectsOf("dashboard", "test/dashboard", {
        ...{ globalSetup: ["test/dashboard/build-page.ts"], testTimeout: 300_000, hookTimeout: 900_000 },
        ...{ maxWorkers: browserWorkers, sequence: { groupOrder: 3 }, expect: { poll: { timeout: 60_000 } } },
      }),
    ],
  },
});
