import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cliIn } from "@reelway/shared/cli/test/run-cli";
import { defaultRegion } from "@reelway/shared/regions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listBucket } from "../../support/bucket-listing.ts";
import { clip, smallClip } from "../../support/clips.ts";
import { fileSource } from "../../support/file-source.ts";
import type { TestRunner } from "../../support/test-runner.ts";
import { startTestStack, type TestStack } from "../../support/test-stack.ts";
import { ended } from "../convert.ts";

/** What terminals, logs and viewers obey, but for the line break that ends a record. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
const PWNED = "pwned-by-a-name";

let stack: TestStack;
let runner: TestRunner;
beforeAll(async () => {
  stack = await startTestStack();
  runner = await stack.startRunner({ env: { LOG_LEVEL: "trace" } });
});
afterAll(() => stack?.stop());

const logs = () => [readFileSync(join(stack.dataDir, "logs", "control-plane.log"), "utf8"), runner.log()];

describe("a file that is called", () => {
  test.concurrent.each([
    "-i",
    "--help.mp4",
    "%d.mp4",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..",
    "http:127.0.0.1.mp4",
    "file:a.mp4",
    "concat:a|b.mp4",
    "movie=a,[out];drawtext=textfile=b.mp4",
    `$(touch ${PWNED}).mp4`,
    `\`touch ${PWNED}\`;touch ${PWNED}|touch ${PWNED}&.mp4`,
    "a' OR 1=1;--.mp4",
    '"><img src=x onerror=alert(1)>.mp4',
    "=HYPERLINK(A1).mp4",
    "嘊嘍set-cookie: a=b.mp4",
    "\u200f\u200egpj.mp4",
  ])("%j is worked on like any other", async (name) => {
    const { id } = await stack.client.assets.upload({ ...(await fileSource(smallClip())), name });
    const {
      state,
      outputs,
      id: jobId,
      error,
    } = await ended(stack.client, (await stack.client.jobs.create({ assetId: id, spec: { kind: "probe" } })).id);
    expect([state, error]).toEqual(["succeeded", null]);
    expect(outputs.map((output) => output.name)).toEqual(["metadata.json"]);
    const headers = { authorization: `Bearer ${stack.key}` };
    const download = await fetch(`${stack.url}/api/v1/jobs/${jobId}/download`, { headers });
    expect(download.status).toBe(200);
    expect(download.headers.get("content-disposition")).toMatch(
      /^attachment; filename="[ !#-[\]-~]+"; filename\*=UTF-8''[\w!#$&+.^`|~%-]+$/,
    );
    expect(download.headers.get("set-cookie")).toBeNull();
    expect((await download.text()).length).toBeGreaterThan(10);
  });

  test("none of them is part of a key or a path, or was run by anything", async () => {
    const keys = (await listBucket(stack, defaultRegion)).filter((key) => !key.startsWith("audit/"));
    expect(keys.length).toBeGreaterThanOrEqual(2 * 16);
    for (const key of keys) expect(key).toMatch(/^t\/ten_[0-9a-z]+\/[0-9a-f]{32}\/[a-z0-9_./-]+$/);
    expect(existsSync(PWNED)).toBe(false);
    const below = readdirSync(stack.dataDir, { recursive: true, encoding: "utf8" });
    expect(below.filter((path) => /pwned|onerror|gpj|HYPERLINK/.test(path))).toEqual([]);
  });

  test("all of them are listed by the CLI as text", async () => {
    const cli = cliIn(stack);
    const { stdout, code } = await cli.run("assets", "ls", "--limit", "50");
    expect([code, stdout.match(/\n/g)?.length]).toEqual([0, 17]);
    expect(stdout).not.toMatch(OBEYED);
    const { stdout: json } = await cli.run("assets", "ls", "--limit", "50", "--json");
    expect(json).not.toMatch(OBEYED);
  });
});

test("a film whose tags talk to terminals and logs says nothing there", async () => {
  const title = 'a\u001b]0;owned\u0007\r\n{"level":"error"}\u009b31m\u2028\u202e<script>alert(1)</script>';
  const path = clip(
    "talking-tags.mkv",
    "-i",
    smallClip(),
    "-c",
    "copy",
    "-metadata",
    `title=${title}`,
    "-metadata",
    `${"x".repeat(300)}=y`,
  );
  const { id: assetId } = await stack.client.assets.upload(await fileSource(path));
  const job = await ended(stack.client, (await stack.client.jobs.create({ assetId, spec: { kind: "probe" } })).id);
  expect(job.state).toBe("succeeded");
  const { stdout } = await cliIn(stack).run("jobs", "show", job.id);
  expect(stdout).toContain(job.id);
  expect(stdout).not.toMatch(OBEYED);
  const headers = { authorization: `Bearer ${stack.key}` };
  const metadata = await (await fetch(`${stack.url}/api/v1/jobs/${job.id}/download`, { headers })).text();
  expect(metadata).toContain("<script>");
  for (const text of textsIn(JSON.parse(metadata))) expect(text).not.toMatch(OBEYED);
});

test("every record of both logs is one line of JSON without a character that is obeyed", () => {
  for (const log of logs()) {
    const lines = log.split("\n").slice(0, -1);
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) {
      expect(line).not.toMatch(OBEYED);
      expect(typeof JSON.parse(line)).toBe("object");
    }
  }
});

/** All texts within a document, names of fields too. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, entry]) => [name, ...textsIn(entry)]);
}
