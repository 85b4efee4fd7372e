import type { RegionQueue } from "../../src/objects/region-queue.ts";
import { runnerIdHeader } from "../../src/objects/region-queue-messages.ts";

/** Connects a runner to a queue's doorbell; `heard` grows by each message. */
export async function connectBell(queue: DurableObjectStub<RegionQueue>, runnerId: string) {
  const headers = { upgrade: "websocket", [runnerIdHeader]: runnerId };
  const { webSocket } = await queue.fetch("https://region-queue/", { headers });
  if (!webSocket) throw new Error("no doorbell");
  const heard: unknown[] = [];
  webSocket.addEventListener("message", ({ data }) => void heard.push(JSON.parse(String(data))));
  webSocket.accept();
  return { webSocket, heard };
}

/** What a runner's doorbell rings for. */
export async function listen(queue: DurableObjectStub<RegionQueue>, runnerId: string): Promise<unknown[]> {
  return (await connectBell(queue, runnerId)).heard;
}
