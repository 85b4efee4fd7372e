import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "./ports.ts";

const host = "127.0.0.1";

test("waits for a port that its last holder is about to let go", async () => {
  const { server, port } = await heldPort();
  setTimeout(() => server.close(), 300);
  expect(await freePort(host, port)).toBe(port);
});

test("takes another where the port stays taken", async () => {
  const { port } = await heldPort();
  const other = await freePort(host, port);
  expect(other).not.toBe(port);
  expect(other).toBeGreaterThan(0);
});

async function heldPort(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  onTestFinished(() => void server.close());
  server.listen({ host, port: 0, exclusive: true });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return { server, port: address.port };
}
