import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { engineCapabilities, openEngine } from "../../src/engine/open-engine.ts";
import { failureOf } from "../kinds/run-kind.ts";
import { buildEngine } from "../support/build-engine.ts";

let program: string;
beforeAll(() => {
  program = buildEngine();
}, 600_000);

/** A log, and what was said in it. */
function listening() {
  const lines: string[] = [];
  return { log: pino({ level: "info" }, { write: (line: string) => void lines.push(line) }), lines };
}

const open = (path: string | undefined, { log } = listening()) => openEngine({ path }, log);
const script = (name: string) => join(import.meta.dirname, "fixtures", name);

describe("openEngine", () => {
  it("asks the engine for its version and its verbs", async () => {
    const engine = await open(program);
    expect(engine).toMatchObject({ path: program, version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
    const verbs = ["cut", "fetch", "index", "manifest", "package", "probe", "stitch"];
    expect([...(engine?.verbs ?? [])]).toEqual(expect.arrayContaining(verbs));
    expect(engineCapabilities(engine)).toEqual(["engine"]);
  });

  it("says once that there is none on the PATH, and goes without", async () => {
    vi.stubEnv("PATH", tmpdir());
    try {
      const listener = listening();
      const engine = await open(undefined, listener);
      expect([engine, engineCapabilities(engine)]).toEqual([null, []]);
      expect(listener.lines).toEqual([expect.stringContaining("no media engine on this host")]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it.each([["/no/such/engine"], ["/bin/true"], [import.meta.filename]])(
    "names the setting where it leads to no engine: %s",
    async (path) => {
      const { code, detail } = await failureOf(open(path));
      expect([code, detail]).toEqual(["runner_error", expect.stringContaining(`ENGINE_PATH: ${path} does not run`)]);
    },
  );

  it("uses no verb of an older engine that does not understand what is said to it", async () => {
    const engine = await open(script("engine-of-yesterday.sh"));
    expect([...(engine?.verbs ?? [])]).toEqual(["probe", "index"]);
    expect(engineCapabilities(engine)).toEqual([]);
  });
});
