import { createServer } from "node:http";

export interface StorageStandIn {
  readonly url: string;
  stop(): Promise<void>;
}

/** A storage that keeps what is PUT, and refuses every request with an x-amz-copy-source, as R2 is expected to. */
export async function startStorageStandIn(): Promise<StorageStandIn> {
  const objects = new Map<string, Buffer>();
  const server = createServer(async (request, response) => {
    const key = new URL(request.url ?? "/", "http://storage").pathname;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    if (request.headers["x-amz-copy-source"] !== undefined)
      return void response.writeHead(403).end("SignatureDoesNotMatch");
    if (request.method === "PUT") objects.set(key, Buffer.concat(chunks));
    if (request.method === "DELETE") objects.delete(key);
    response.writeHead(200).end(request.method === "GET" ? objects.get(key) : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    stop: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
