import { mkdir, rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";

/** Longest path of a Unix socket that every system takes. */
const socketPathMax = 100;

/**
 * Makes sure that one process at a time is this runner. A listening socket is the lock: it ends with its process,
 * however that dies, so no stale lock is ever in the way.
 * @throws ReelwayError invalid_request when another process holds it.
 */
export async function lockState(stateDirectory: string, instance: string): Promise<() => Promise<void>> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const inside = join(stateDirectory, "lock");
  const path = inside.length <= socketPathMax ? inside : join(tmpdir(), `reelway-${instance}.lock`);
  if (await answers(path))
    throw new ReelwayError(
      "invalid_request",
      `STATE_DIR: another runner is using ${stateDirectory}; give each its own`,
    );
  await rm(path, { force: true });
  const server = await listen(path);
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
    });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.on("error", reject);
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}
