import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { OutputMultipart } from "@reelway/shared/contracts/grant";
import { type LeasedTask, leaseTokenHeader } from "@reelway/shared/contracts/lease";
import { Problem } from "@reelway/shared/errors/problem";
import { beforeEach, expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import { bucketOf } from "../src/env.ts";
import { callLease, type Holder } from "./support/fleet.ts";
import { end, leased, prefixOf, write } from "./support/leases.ts";

const app = createApp();
const md5 = "0".repeat(32);
let task: LeasedTask;
let runner: Holder;

beforeEach(async () => {
  ({ task, runner } = await leased());
  return () => end(runner, task);
});

/** A call with the lease, where a task may write 1,000 bytes. */
function bounded(path: string, body: object): Promise<Response> {
  const headers = {
    authorization: runner.authorization,
    "content-type": "application/json",
    [leaseTokenHeader]: task.leaseToken,
  };
  const request = new Request(`https://reelway.test/api/v1/leases/${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return Promise.resolve(app.fetch(request, { ...env, MAX_OUTPUT_SIZE: "1000" }, createExecutionContext()));
}

async function refusalOf(answer: Response): Promise<[number, string, string | undefined]> {
  const { code, detail } = Problem.parse(await answer.json());
  return [answer.status, code, detail];
}

const refusal = (bytes: number) => [
  422,
  "output_refused",
  `a task may write 1000 bytes at most, and this would be ${bytes}`,
];
const keyOf = async (name: string) => (await prefixOf(task, runner)) + name;

test("no grant is for more than a task may write, all its files together", async () => {
  const filesOf = (...sizes: number[]) => ({
    files: sizes.map((bytes, index) => ({ name: `${index}.mp4`, bytes, contentType: "video/mp4", md5 })),
  });
  expect((await bounded("outputs", filesOf(400, 600))).status).toBe(200);
  expect(await refusalOf(await bounded("outputs", filesOf(400, 601)))).toEqual(refusal(1_001));
  const partsOf = (bytes: number) => ({
    ...{ name: "film.mp4", contentType: "video/mp4" },
    parts: [
      { partNumber: 1, bytes: 400, md5 },
      { partNumber: 2, bytes, md5 },
    ],
  });
  expect((await bounded("multipart", partsOf(600))).status).toBe(200);
  expect(await refusalOf(await bounded("multipart", partsOf(601)))).toEqual(refusal(1_001));
});

test("what came out too large of its parts is gone again", async () => {
  const name = "film.mp4";
  const opened = await bounded("multipart", {
    name,
    contentType: "video/mp4",
    parts: [{ partNumber: 1, bytes: 9, md5 }],
  });
  const { uploadId } = OutputMultipart.parse(await opened.json());
  const bucket = bucketOf(env, "weur");
  const key = await keyOf(name);
  const { etag } = await bucket.resumeMultipartUpload(key, uploadId).uploadPart(1, "x".repeat(1_200));
  const joined = await bounded("multipart/complete", { name, uploadId, parts: [{ partNumber: 1, etag }] });
  expect(await refusalOf(joined)).toEqual(refusal(1_200));
  expect(await bucket.head(key)).toBeNull();
});

test("a completion counts all that lies below its lease's prefix, named or not", async () => {
  const named = await write(task, runner, "named.json", "x".repeat(600));
  await write(task, runner, "unnamed.json", "x".repeat(601));
  const completion = { manifest: { outputs: [named] } };
  expect(await refusalOf(await bounded("complete", completion))).toEqual(refusal(1_201));
  await bucketOf(env, "weur").put(await keyOf("unnamed.json"), "x".repeat(400));
  expect((await bounded("complete", completion)).status).toBe(200);
  // The answer to one that was taken is the same where the bound is another.
  expect((await callLease(runner, "complete", task.leaseToken, completion)).status).toBe(200);
});
