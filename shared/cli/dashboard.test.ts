import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { cli, server } from "./test/scripted-cli.ts";

const link = {
  url: "https://video.example.com/#/sign-in?code=rwlnk_local_a",
  code: "rwlnk_local_a",
  expiresAt: 1_795_273_200_000,
};

beforeEach(() => {
  server.intercept = ({ method, path }, response) => {
    const known = method === "POST" && path === "/api/v1/auth/sign-in-links";
    response.writeHead(known ? 201 : 404, { "content-type": "application/json" }).end(JSON.stringify(link));
    return true;
  };
});

test("the link alone is on stdout, and until when it is good beside it", async () => {
  const { code, stdout, stderr } = await cli.run("dashboard");
  expect([code, stdout]).toEqual([0, `${link.url}\n`]);
  expect(stderr).toContain("Good once, until");
  expect((await cli.run("dashboard", "--json")).json).toEqual([{ url: link.url, expiresAt: link.expiresAt }]);
});

test("--open hands it to the browser as it is, through no shell", async () => {
  const opened = join(cli.folder, "opened.txt");
  const browser = join(cli.folder, "browser");
  writeFileSync(browser, `#!/bin/sh\nprintf '%s' "$1" >'${opened}.part' && mv '${opened}.part' '${opened}'\n`);
  chmodSync(browser, 0o755);
  expect(await cli.start(["dashboard", "--open"], { BROWSER: browser }).ended).toMatchObject({ code: 0 });
  await expect.poll(() => existsSync(opened)).toBe(true);
  expect(readFileSync(opened, "utf8")).toBe(link.url);

  const none = await cli.start(["dashboard", "--open"], { BROWSER: join(cli.folder, "nothing") }).ended;
  expect(none.code).toBe(2);
  expect(none.stdout).toBe(`${link.url}\n`);
  expect(none.stderr).toContain("set BROWSER");
});
