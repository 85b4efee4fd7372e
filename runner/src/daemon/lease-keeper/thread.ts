import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { createRunnerClient } from "@reelway/shared/client/runner-client";
import { userAgent } from "../../version.ts";
import { Heart } from "./heart.ts";
import type { FromKeeper, KeeperData, ToKeeper } from "./messages.ts";
import { ProcessGroups } from "./process-groups.ts";

/** The thread's entry: wires the heart to the control plane and to the main thread. */
const port = parentPort;
if (port === null) throw new Error("the lease keeper runs as a worker thread");
const { url, credential, ...data }: KeeperData = workerData;

let current = credential;
const client = createRunnerClient({ url, credential: () => current, userAgent });

const heart = new Heart({
  ...data,
  beat: (request, timeoutMs) => client.heartbeat(request, { timeoutMs }),
  post: (message: FromKeeper) => port.postMessage(message),
  onCredential: (fresh) => {
    current = fresh;
  },
  onStuck: () => {
    writeSync(
      2,
      `${JSON.stringify({ level: "fatal", service: "reelway-runner", msg: "the lease loop stands still; ending" })}\n`,
    );
    // process.exit() in a thread ends the thread only.
    process.kill(process.pid, "SIGKILL");
  },
  groups: new ProcessGroups(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
});

port.on("message", (message: ToKeeper) => {
  heart.receive(message);
  if (message.type === "stop") port.close();
});
heart.start();
