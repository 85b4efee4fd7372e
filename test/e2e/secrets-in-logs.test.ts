import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cliIn } from "@reelway/shared/cli/test/run-cli";
import { type Client, createClient } from "@reelway/shared/client/client";
import { type Asset, AssetCreated, PartUrls } from "@reelway/shared/contracts/asset";
import { limits } from "@reelway/shared/limits";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { afterAll, beforeAll, expect, test } from "vitest";
import { smallClip, textFile } from "../support/clips.ts";
import { fileSource } from "../support/file-source.ts";
import { dumpOfStore } from "../support/stored-rows.ts";
import type { TestRunner } from "../support/test-runner.ts";
import { startTestStack, type TestStack } from "../support/test-stack.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";
import { ended } from "./convert.ts";

let stack: TestStack;
let runner: TestRunner;
let receiver: WebhookReceiver;
/** Everything that was issued or entrusted, by what it was. */
const secrets = new Map<string, string>();

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  stack = await startTestStack({ settings: { ALLOW_PRIVATE_URLS: "true", REELWAY_CRON_SECONDS: "2" } });
  runner = await stack.startRunner({ env: { ALLOW_PRIVATE_URLS: "true" } });
});
afterAll(async () => {
  await stack?.stop();
  await receiver?.close();
});

/** What proves a credential: its kind and id are no secret, and logs show them. */
function keep(what: string, credential: string | null | undefined): string {
  if (!credential) throw new Error(`no ${what}`);
  const [, proof = credential] = /_([A-Za-z0-9]{43})_[0-9a-f]{8}$/.exec(credential) ?? [];
  secrets.set(what, proof.replace(/^whsec_/, ""));
  return credential;
}

test("a whole life leaves no secret in any log, in the store, the metrics, the audit log or on the command line", async () => {
  const { client } = stack;
  keep("the first admin key", stack.key);
  // The id of an S3 key is no secret; presigned URLs carry it.
  for (const [name, text] of Object.entries(JSON.parse(readFileSync(join(stack.dataDir, "secrets.json"), "utf8"))))
    if (name !== "R2_ACCESS_KEY_ID") keep(name, String(text));

  // People and keys
  const key = keep("a member's key", (await client.keys.create({ name: "ci", role: "member" })).secret);
  keep("a registration token", (await client.runners.createToken({ maxUses: 1 })).token);
  const password = keep("a password", `correct horse ${randomBytes(12).toString("hex")}`);
  const invited = await client.invitations.create({ email: "ada@example.com", role: "admin" });
  const invitation = keep("an invitation", invited.token);
  await client.invitations.accept({ token: invitation, name: "Ada", password });
  const tokens = await client.auth.login({ email: "ada@example.com", password });
  keep("an access token's signature", tokens.accessToken.split(".").at(-1));
  const renewed = await client.auth.refresh(keep("a refresh token", tokens.refreshToken));
  keep("the next refresh token", renewed.refreshToken);
  const ada = createClient({ url: stack.url, key: renewed.accessToken });
  await ada.auth.me();
  await expect(client.auth.login({ email: "ada@example.com", password: `${password}!` })).rejects.toThrow();
  const link = await ada.auth.createSignInLink();
  const cookie = await signInBrowser({ code: keep("a sign-in link", link.code) });
  await expect(signInBrowser({ code: link.code })).rejects.toThrow("401");

  // Webhooks
  const webhook = await client.webhooks.create({ url: `${receiver.url}/life`, events: ["job.succeeded"] });
  keep("a webhook's secret", webhook.secret);
  keep("its next secret", (await client.webhooks.rotateSecret(webhook.id)).secret);

  // Uploads and jobs
  const member = createClient({ url: stack.url, key });
  const asset = await member.assets.upload(await fileSource(smallClip()));
  const good = await ended(member, (await member.jobs.create({ assetId: asset.id, preset: "mp4-h264" })).id);
  expect(good.state).toBe("succeeded");
  await collectPresigned(key);
  expect(await uploadInParts(member)).toMatchObject({ state: "ready" });
  const junk = await member.assets.upload(await fileSource(textFile()));
  expect((await ended(member, (await member.jobs.create({ assetId: junk.id, preset: "mp4-h264" })).id)).state).toBe(
    "failed",
  );

  // Whoever mistakes a credential for an id writes it where paths are logged.
  for (const secret of [key, tokens.refreshToken, invitation, link.code, cookie])
    expect((await fetch(`${stack.url}/api/v1/jobs/${secret}`)).status).toBe(401);

  // A source with a token in its query, that is not there
  const token = keep("a source's token", randomBytes(24).toString("hex"));
  const sourceUrl = `${receiver.url}/film.mp4?status=404&token=${token}`;
  const fetched = await member.jobs.create({ sourceUrl, preset: "mp4-h264" });
  expect((await ended(member, fetched.id)).state).toBe("failed");

  // A bucket of the tenant's own, which can't be reached
  const secretAccessKey = keep("a bucket's secret key", randomBytes(24).toString("base64url"));
  const connection = await fetch(`${stack.url}/api/v1/connections?verify=false`, {
    method: "POST",
    headers: { authorization: `Bearer ${stack.key}`, "content-type": "application/json" },
    body: JSON.stringify({
      name: "own",
      endpoint: receiver.url,
      bucket: "films",
      accessKeyId: "AKIA",
      secretAccessKey,
    }),
  });
  const { id: connectionId } = (await connection.json()) as { id?: string };
  if (!connectionId) throw new Error(`no connection: ${connection.status}`);
  const own = await client.jobs.create({ source: { connectionId, key: "film.mp4" }, preset: "mp4-h264" });
  expect((await ended(client, own.id)).state).toBe("failed");

  const said = await toldOnTheCommandLine();
  await member.assets.delete(asset.id, { outputs: true });
  const identity = readFileSync(join(stack.dataDir, "runners", "1", "runner.json"), "utf8");
  keep("the runner's credential", (JSON.parse(identity) as { credential: string }).credential);
  expect(secrets.size).toBeGreaterThanOrEqual(18);

  const get = async (path: string) =>
    (await fetch(`${stack.url}${path}`, { headers: { authorization: `Bearer ${stack.key}` } })).text();
  const places = new Map<string, string>([
    ...logFiles().map((path): [string, string] => [path, readFileSync(path, "utf8")]),
    ["the store", dumpOfStore(stack.dataDir)],
    ["the audit log", await get("/api/v1/audit?limit=100")],
    ["the events", await get("/api/v1/events?limit=100")],
    ["the metrics", await get("/metrics")],
    ["the runner's metrics", await (await fetch(`${runner.healthUrl}/metrics`)).text()],
    ["the command line", said],
  ]);
  const found = [...places].flatMap(([place, text]) => [
    ...[...secrets].filter(([, secret]) => text.includes(secret)).map(([what]) => `${what} in ${place}`),
    ...(/X-Amz-Signature=[0-9a-f]{8}/i.test(text) ? [`a presigned URL in ${place}`] : []),
    ...(/eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/.test(text) ? [`a JWT in ${place}`] : []),
  ]);
  expect(found).toEqual([]);
  // The logs are those of this life, and not empty ones.
  const logs = logFiles().map((path) => readFileSync(path, "utf8"));
  expect(logs.filter((text) => text.includes(good.id)).length).toBeGreaterThanOrEqual(2);
}, 300_000);

/** A browser's cookie. */
async function signInBrowser(shown: object): Promise<string> {
  const answer = await fetch(`${stack.url}/api/v1/auth/browser-session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: new URL(stack.url).origin, "x-reelway-csrf": "1" },
    body: JSON.stringify(shown),
  });
  if (!answer.ok) throw new Error(`not signed in: ${answer.status}`);
  const [, cookie] = /^reelway_session=([^;]+)/.exec(answer.headers.get("set-cookie") ?? "") ?? [];
  await fetch(`${stack.url}/api/v1/jobs`, { headers: { cookie: `reelway_session=${cookie}` } });
  return keep("a browser's cookie", cookie);
}

/** Zeros, of the least size that goes up in parts. */
async function uploadInParts(client: Client): Promise<Asset> {
  const path = join(folderOfTest("e2e-parts"), "large.mov");
  writeFileSync(path, "");
  truncateSync(path, limits.multipartThresholdBytes + 1);
  return client.assets.upload(await fileSource(path));
}

/** URLs as a client gets them, and never uses. */
async function collectPresigned(key: string): Promise<void> {
  const post = async (path: string, body: object) =>
    (
      await fetch(`${stack.url}/api/v1${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      })
    ).json();
  const { asset } = AssetCreated.parse(
    await post("/assets", { name: "large.mov", bytes: limits.multipartThresholdBytes + 1 }),
  );
  const { parts } = PartUrls.parse(await post(`/assets/${asset.id}/parts`, { parts: [1, 2] }));
  for (const { partNumber, request } of parts)
    keep(`the signature of part ${partNumber}`, new URL(request.url).searchParams.get("X-Amz-Signature"));
}

async function toldOnTheCommandLine(): Promise<string> {
  const cli = cliIn({ url: stack.url, key: stack.key });
  const commands = [
    ["keys", "ls"],
    ["jobs", "ls"],
    ["runners", "ls"],
    ["tenants", "ls"],
    ["webhooks", "ls"],
    ["convert", smallClip(), "--out", join(cli.folder, "out.mp4"), "--force"],
  ];
  let said = "";
  for (const command of commands.flatMap((words) => [words, [...words, "--json"]])) {
    const { code, stdout, stderr } = await cli.start(command).ended;
    expect(code, `${command.join(" ")}: ${stderr}`).toBe(0);
    said += stdout + stderr;
  }
  return said;
}

function logFiles(): string[] {
  const directory = join(stack.dataDir, "logs");
  if (!existsSync(directory)) return [];
  return readdirSync(directory).map((name) => join(directory, name));
}
