import { expect, test } from "vitest";
import { RegistrationTokenRequest } from "../contracts/runner.ts";
import { newId } from "../ids.ts";
import { cli, server } from "./test/scripted-cli.ts";

const expiresAt = Date.now() + 3_600_000;

function answerWithToken(asked: unknown[]) {
  server.intercept = (seen, response) => {
    asked.push(RegistrationTokenRequest.parse(JSON.parse(seen.body.toString())));
    const token = { maxUses: 1, uses: 0, createdAt: 1, expiresAt, revokedAt: null, region: "weur", labels: null };
    return server.send(response, { ...token, id: newId("rtk"), token: "rwreg_abc" });
  };
}

test("the line to join holds a token for one runner of that region, and where the control plane is", async () => {
  const asked: unknown[] = [];
  answerWithToken(asked);
  const { stdout, stderr } = await cli.run("runners", "join", "--region", "weur", "--hardware", "nvidia");
  expect(stdout).toMatch(
    /^docker run -d [\s\S]*-e RUNNER_REGION=weur[\s\S]*=rwreg_abc localhost\/reelway-runner:nvidia\n$/,
  );
  expect(stdout).toContain(`REELWAY_URL=${server.url} `);
  expect(stderr).toContain("For one runner");
  expect(stderr).toContain("`make image`");
  expect(asked).toMatchObject([{ region: "weur", maxUses: 1, expiresInSeconds: 3_600 }]);
  for (const [means, first] of [
    ["systemd", "a checkout in /opt/reelway, the user and the unit"],
    ["compose", "the compose file lies there"],
  ] as const) {
    const printed = await cli.run("runners", "join", "--region", "weur", "--by", means);
    expect(printed.stderr).toContain(first);
    expect(printed.stderr).toContain("docs/runners.md");
    expect(printed.stderr.trim().split("\n")).toHaveLength(2);
    expect(printed.stdout).not.toContain("docs/runners.md");
  }
  const [told] = (await cli.run("runners", "join", "--region", "weur", "--by", "systemd", "--json")).json;
  expect(told).toMatchObject({
    token: "rwreg_abc",
    expiresAt,
    line: expect.stringContaining("systemctl enable --now"),
  });
}, 60_000);

test("nothing is made for a line that could not be right", async () => {
  const asked: unknown[] = [];
  answerWithToken(asked);
  const wrong = [
    ["--by", "kubernetes"],
    ["--hardware", "abacus"],
    ["--image", "x; rm -rf /"],
  ];
  for (const flags of wrong) expect((await cli.run("runners", "join", "--region", "weur", ...flags)).code).toBe(2);
  expect((await cli.run("runners", "join")).code).toBe(2);
  expect(asked).toEqual([]);
}, 20_000);
