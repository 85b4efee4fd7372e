import { expect, test } from "vitest";
import { newId } from "../ids.ts";
import { cli, server } from "./test/scripted-cli.ts";

test("one's sessions are ended one, all, or all others, each in one call", async () => {
  const asked: string[] = [];
  server.intercept = ({ method, path }, response) => {
    asked.push(`${method} ${path}`);
    response.writeHead(204).end();
    return true;
  };
  const revoke = (...more: string[]) => cli.run("auth", "sessions", "revoke", ...more);
  const id = newId("ses");
  expect((await revoke("--others")).stdout).toBe("All other sessions  revoked\n");
  expect((await revoke()).stdout).toBe("All sessions  revoked\n");
  await revoke(id);
  const path = "DELETE /api/v1/auth/sessions";
  expect(asked).toEqual([`${path}?keep=current`, path, `${path}/${id}`]);
  expect((await revoke(id, "--others")).code).toBe(2);
  expect(asked).toHaveLength(3);
});
