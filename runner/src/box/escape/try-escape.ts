import { readFileSync, readlinkSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { z } from "zod";
import { type Box, type BoxedCommand, type Opening, openings } from "../box.ts";
import { letThrough, shareWithBox } from "../box-scratch.ts";
import { runToEnd } from "../run-to-end.ts";
import type { Targets } from "./attempts.ts";

const Reached = z.object({ open: z.array(z.enum(openings)), works: z.boolean() });
const timeoutMs = 20_000;
/** Told on the command line: some walls have no room for a file of the runner's. */
const attempts = readFileSync(join(import.meta.dirname, "attempts.ts"), "utf8");

/**
 * Runs a program in the box that tries to get out of it: without the network, with it, and as one that works with a device.
 * Returns where it got out. Throws where nothing can be run in the box at all. `directory` is where tasks work: its own
 * place is made there.
 */
export async function tryEscape(box: Box, directory: string): Promise<Opening[]> {
  const place = join(directory, `reelway-escape-${process.pid}`);
  const own = join(place, "own");
  const secret = join(place, "secret");
  await mkdir(own, { recursive: true, mode: 0o700 });
  const socket = `reelway-${process.pid}-${Date.now()}`;
  const servers = await Promise.all([listen({ host: "127.0.0.1", port: 0 }), listen({ path: `\0${socket}` })]);
  try {
    await writeFile(secret, "secret", { mode: 0o600 });
    if (box.user !== null) {
      await letThrough(place);
      await shareWithBox(own, box.user);
    }
    const address = servers[0].address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const isRoot = process.getuid?.() === 0;
    const targets = {
      isRoot,
      secret,
      outside: place,
      own,
      port,
      socket,
      runner: process.pid,
      processes: readlinkSync("/proc/self/ns/pid"),
    };
    const found = [
      await attempt(box, { ...targets, network: false }),
      await attempt(box, { ...targets, network: true }),
      await attempt(box, { ...targets, network: false }, [harmlessDevice]),
    ];
    return openings.filter((opening) => found.some((open) => open.includes(opening)));
  } finally {
    for (const server of servers) server.close();
    await rm(place, { recursive: true, force: true });
  }
}

/** Walls and filter are as wide for it as for a card. */
const harmlessDevice = "/dev/null";

async function attempt(box: Box, targets: Targets, devices: readonly string[] = []): Promise<Opening[]> {
  const { own, network } = targets;
  const reach = { reads: [], writes: [own], cwd: own, network, devices, mapsFiles: true };
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module-typescript", "--eval", attempts];
  const printed = await printedBy(box.enclose(process.execPath, [...args, "--", JSON.stringify(targets)], reach));
  const { open, works } = Reached.parse(JSON.parse(printed));
  if (!works) throw new Error("nothing can be written inside, not even to the task's own directory");
  return open;
}

/** Runs a boxed command to its end and returns what it printed. Throws with its own words where that is a bad one. */
export async function printedBy(command: BoxedCommand): Promise<string> {
  const run = await runToEnd(command, { timeoutMs });
  if (!run.failed) return run.stdout;
  const words = `${run.stderr}`.split("\n").findLast((line) => line.trim() !== "");
  throw new ReelwayError("sandbox_unavailable", (words ?? run.shortMessage)?.slice(0, 300));
}

function listen(where: { host: string; port: number } | { path: string }): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", reject);
    server.listen(where, () => resolve(server));
  });
}
