import { createServer } from "node:net";
import { until } from "./process/until.ts";

/** A program that was just ended, with a packet under way or a thread in the kernel, can hold its port for a moment. */
const RELEASED_WITHIN_MS = 3_000;

/** The wanted port if it can be listened on, or soon can be, else any free one. 0 asks for any. */
export async function freePort(host: string, wanted: number): Promise<number> {
  let port: number | undefined;
  await until(async () => {
    port = await tryPort(host, wanted);
    return port !== undefined;
  }, RELEASED_WITHIN_MS);
  return port ?? (await tryPort(host, 0)) ?? wanted;
}

function tryPort(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(undefined));
    probe.listen({ host, port, exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" ? address?.port : undefined));
    });
  });
}
