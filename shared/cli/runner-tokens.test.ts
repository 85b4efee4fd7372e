import { expect, test } from "vitest";
import { RegistrationTokenRequest } from "../contracts/runner.ts";
import { newId } from "../ids.ts";
import { cli, server } from "./test/scripted-cli.ts";

const token = { maxUses: 1, uses: 0, createdAt: 1, expiresAt: Date.now() + 3_600_000, revokedAt: null, region: null };

test("a token is made with the labels that its runners get, or leaves them to the host", async () => {
  server.intercept = (seen, response) => {
    const { labels = null } = RegistrationTokenRequest.parse(JSON.parse(seen.body.toString()));
    return server.send(response, { ...token, id: newId("rtk"), labels, token: "rw_rtk" });
  };
  const [given] = (await cli.run("runners", "token", "--label", "vault", "--label", "gpu", "--json")).json;
  expect(given).toMatchObject({ labels: ["vault", "gpu"] });
  expect((await cli.run("runners", "token", "--json")).json).toMatchObject([{ labels: null }]);
  const asked = server.seen.length;
  expect((await cli.run("runners", "token", "--label", "a=b")).code).toBe(2);
  expect(server.seen).toHaveLength(asked);
}, 20_000);

test("the list of tokens tells whose labels their runners have", async () => {
  const items = [["vault", "gpu"], [], null].map((labels) => ({ ...token, id: newId("rtk"), labels }));
  server.intercept = (_seen, response) => server.send(response, { items, nextCursor: null });
  const lines = (await cli.run("runners", "tokens", "ls")).stdout.trimEnd().split("\n");
  expect(lines[1]).toMatch(/any\s+vault gpu\s+0\/1/);
  expect(lines[2]).toMatch(/any\s+none\s+0\/1/);
  expect(lines[3]).toMatch(/any\s+the host's\s+0\/1/);
}, 20_000);
