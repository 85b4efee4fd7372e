import { join } from "node:path";
import { z } from "zod";
import { type Connection, Connection as ConnectionSchema, connectionPath } from "./admin-key.ts";
import { controlPlaneEntry } from "./paths.ts";
import { readJsonFile } from "./private-file.ts";
import { Service } from "./process/service.ts";
import { StackFailure } from "./stack-failure.ts";
import { temporaryDirectory } from "./temporary-files.ts";

/** The control plane's ready line. */
export const ControlPlaneReady = z.object({
  url: z.string(),
  dataDir: z.string(),
  logPath: z.string(),
  orphansEnded: z.int(),
  migrated: z.array(z.string()),
});
export type ControlPlaneReady = z.infer<typeof ControlPlaneReady>;

/**
 * Starts `serve.ts` as a child process with these settings. `supervised`: this process is the one that `make down` is to
 * tell, since it would start the child again.
 */
export function startControlPlaneService(dataDir: string, env: NodeJS.ProcessEnv, supervised: boolean): Service {
  return Service.start({
    name: "control plane",
    entry: controlPlaneEntry,
    args: supervised ? ["--supervised"] : [],
    logPath: join(dataDir, "logs", "stack.log"),
    env: { ...env, REELWAY_DATA_DIR: dataDir, TMPDIR: temporaryDirectory(dataDir) },
  });
}

export function readConnection(dataDir: string): Connection {
  const connection = readJsonFile(connectionPath(dataDir), ConnectionSchema);
  if (!connection) throw new StackFailure(`${connectionPath(dataDir)} is missing.`);
  return connection;
}
