import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface StrangeSite {
  readonly url: string;
  close(): Promise<void>;
}

/** A page of another site, which holds nothing but this. The stack answers at 127.0.0.1: to browsers `localhost` is not the same site. */
export async function startStrangeSite(body: string): Promise<StrangeSite> {
  const server = createServer((_, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end(`<!doctype html><title>Elsewhere</title>${body}`),
  );
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
