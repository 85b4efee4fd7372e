import { expect, test } from "vitest";
import { startScriptedServer } from "../client/test/scripted-server.ts";
import type { ApiKeyCreated } from "../contracts/api-key.ts";
import { newId } from "../ids.ts";
import { cliIn } from "./test/run-cli.ts";

test("bootstrap sends its token, needs no key, and prints the first one alone on stdout", async () => {
  const server = await startScriptedServer();
  const cli = cliIn(server);
  const key: ApiKeyCreated = {
    id: newId("key"),
    tenantId: newId("ten"),
    name: "bootstrap",
    role: "admin",
    scopes: null,
    prefix: "rw_local_abc",
    makerId: null,
    createdAt: 1,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    secret: "rw_local_abcdef",
  };
  server.intercept = ({ method, path }, response) =>
    method === "POST" && path === "/api/v1/bootstrap" ? server.send(response, key, 201) : false;
  try {
    const made = await cli.start(["bootstrap"], { BOOTSTRAP_TOKEN: "the-token", REELWAY_API_KEY: "" }).ended;
    expect(made).toMatchObject({ code: 0, stdout: "rw_local_abcdef\n" });
    expect(server.seen.at(-1)?.headers.authorization).toBeUndefined();
    expect(JSON.parse(String(server.seen.at(-1)?.body))).toEqual({ token: "the-token" });
    expect((await cli.run("bootstrap")).code).toBe(2);
  } finally {
    await server.close();
  }
}, 60_000);
