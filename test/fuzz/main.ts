import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@reelway/shared/client/client";
import { readConnection } from "@reelway/stack/control-plane-service";
import { readyUrl, startScript } from "../bench/processes/node-script.ts";
import { ensureSchemathesis, fuzz } from "./schemathesis.ts";

const MAX_SECONDS = 600;

/** `make fuzz-api [CASES=20]`: every operation, asked by the platform's admin and then by a viewer. */
async function main(): Promise<number> {
  const cases = Number(process.argv[2] ?? 20);
  const seed = Number(process.env.SEED ?? 1);
  await ensureSchemathesis();
  const directory = mkdtempSync(join(tmpdir(), "reelway-fuzz-"));
  const stack = await startScript({
    script: new URL("../../infra/stack/serve.ts", import.meta.url),
    directory,
    env: { REELWAY_DATA_DIR: directory, REELWAY_PORT: "0", REELWAY_HOST: "127.0.0.1", RATE_LIMITS: "off" },
  });
  try {
    const url = readyUrl(stack.readyLine);
    const { key } = readConnection(directory);
    const viewer = await createClient({ url, key }).keys.create({ name: "fuzz viewer", role: "viewer" });
    if (!viewer.secret) throw new Error("the viewer's key came without its secret");
    const codes: number[] = [];
    for (const secret of [key, viewer.secret])
      codes.push(await fuzz({ url, key: secret, cases, seed, maxSeconds: MAX_SECONDS }));
    return Math.max(...codes);
  } finally {
    await stack.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

process.exit(await main());
