import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";

const localBuckets = "/cdn-cgi/local/r2/s3/";

/**
 * Stands in front of the stack's storage, passes everything on, and counts what is read: whoever reads has no part in
 * the counting.
 */
export interface StorageCounter {
  readonly url: string;
  /** Passes on to this port of this host from now on. */
  passTo(port: number): void;
  /** Bytes of bodies that were answered to GETs of objects with this name, in all folders. */
  bytesReadOf(name: string): number;
  stop(): Promise<void>;
}

export async function startStorageCounter(): Promise<StorageCounter> {
  const read = new Map<string, number>();
  let port = 0;
  const pass = (asked: IncomingMessage, answer: ServerResponse) => {
    const { method = "GET", url = "/", headers } = asked;
    const name = method === "GET" ? objectName(url) : null;
    const onward = request({ host: "127.0.0.1", port, method, path: url, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      if (name !== null)
        answered.on("data", (bytes: Uint8Array) => read.set(name, (read.get(name) ?? 0) + bytes.byteLength));
      pipeline(answered, answer, () => undefined);
    });
    onward.on("error", () => answer.destroy());
    pipeline(asked, onward, () => undefined);
  };
  const server = createServer(pass);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    passTo(stackPort) {
      port = stackPort;
    },
    bytesReadOf: (name) => read.get(name) ?? 0,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The last part of the key in a request to the local buckets; null in any other. */
function objectName(url: string): string | null {
  const path = url.split("?")[0] ?? "";
  return path.startsWith(localBuckets) ? path.slice(path.lastIndexOf("/") + 1) : null;
}
