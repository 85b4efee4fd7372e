import { afterEach, beforeEach } from "vitest";
import { type ScriptedServer, startScriptedServer } from "../../client/test/scripted-server.ts";
import { cliIn } from "./run-cli.ts";

/** A scripted control plane, and the CLI that is led to it: both new for each test of a file that imports them. */
export let server: ScriptedServer;
export let cli: ReturnType<typeof cliIn>;

beforeEach(async () => {
  server = await startScriptedServer();
  cli = cliIn(server);
});
afterEach(() => server.close());
