import { z } from "zod";

const Targets = z.array(z.looseObject({ id: z.string(), webSocketDebuggerUrl: z.string() }));
const Answer = z.looseObject({ id: z.int().optional(), result: z.unknown().optional(), error: z.unknown().optional() });
const HeapUsage = z.looseObject({ usedSize: z.int(), embedderHeapUsedSize: z.int(), backingStorageSize: z.int() });

const answersWithinMs = 10_000;

/**
 * What our Worker's isolate holds when all garbage is collected, its buffers included, in bytes, by the inspector that
 * workerd serves at this port (Chrome DevTools Protocol: HeapProfiler.collectGarbage, Runtime.getHeapUsage).
 */
export async function workerHeap(inspectorPort: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${inspectorPort}/json`);
  const worker = Targets.parse(await answer.json()).find(({ id }) => id.startsWith("core:user:"));
  if (worker === undefined) throw new Error("the inspector knows no Worker");
  const socket = new WebSocket(worker.webSocketDebuggerUrl);
  try {
    await opened(socket);
    await call(socket, 1, "HeapProfiler.enable");
    await call(socket, 2, "HeapProfiler.collectGarbage");
    const used = HeapUsage.parse(await call(socket, 3, "Runtime.getHeapUsage"));
    return used.usedSize + used.embedderHeapUsedSize + used.backingStorageSize;
  } finally {
    socket.close();
  }
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.addEventListener("open", () => resolve(), { once: true });
    socket.addEventListener("error", () => reject(new Error("the inspector could not be reached")), { once: true });
  });
}

function call(socket: WebSocket, id: number, method: string): Promise<unknown> {
  const answered = new Promise((resolve, reject) => {
    socket.addEventListener("message", ({ data }) => {
      const answer = Answer.parse(JSON.parse(String(data)));
      if (answer.id !== id) return;
      if (answer.error === undefined) resolve(answer.result);
      else reject(new Error(`the inspector refused ${method}`));
    });
  });
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`the inspector did not answer ${method}`)), answersWithinMs).unref();
  });
  socket.send(JSON.stringify({ id, method }));
  return Promise.race([answered, late]);
}
