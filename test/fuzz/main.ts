import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConnection } from "@reelway/stack/control-plane-service";
import { readyUrl, startScript } from "../bench/processes/node-script.ts";
import { callersOf } from "./callers.ts";
import { ensureSchemathesis, fuzz } from "./schemathesis.ts";

const MAX_SECONDS = 600;

/** `make fuzz-api [CASES=20]`: every operation, by the platform's admin, then a viewer; people's and runners' own by those. */
async function main(): Promise<number> {
  const cases = Number(process.argv[2] ?? 20);
  const seed = Number(process.env.SEED ?? 1);
  await ensureSchemathesis();
  const directory = mkdtempSync(join(tmpdir(), "reelway-fuzz-"));
  const stack = await startScript({
    script: new URL("../../infra/stack/serve.ts", import.meta.url),
    directory,
    env: {
      REELWAY_DATA_DIR: directory,
      REELWAY_PORT: "0",
      REELWAY_HOST: "127.0.0.1",
      RATE_LIMITS: "off",
      LEASE_SECONDS: "600",
    },
  });
  try {
    const url = readyUrl(stack.readyLine);
    const callers = await callersOf(url, readConnection(directory).key);
    const codes: number[] = [];
    for (const caller of callers) {
      console.log(`As ${caller.name}:`);
      codes.push(await fuzz({ url, caller, cases, seed, maxSeconds: MAX_SECONDS }));
    }
    return Math.max(...codes);
  } finally {
    await stack.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

process.exit(await main());
