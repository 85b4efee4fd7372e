import { env } from "cloudflare:workers";
import { Connection } from "@reelway/shared/contracts/connection";
import { Job } from "@reelway/shared/contracts/job";
import { limits } from "@reelway/shared/limits";
import { AwsV4Signer } from "aws4fetch";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { accessOf } from "../src/connections/bucket-access.ts";
import { tryBucket } from "../src/connections/try-bucket.ts";
import { settingsOf } from "../src/settings.ts";
import { findConnection } from "../src/store/connections.ts";
import { api } from "./support/api.ts";
import { problemOf, readyAsset } from "./support/assets.ts";
import { leaseOver, makeRunner } from "./support/fleet.ts";
import { bootstrapped, newTenantKey, type TestKey } from "./support/tenants.ts";

const secretAccessKey = "a-secret-of-the-tenants-own";
const request = {
  name: "studio",
  endpoint: "https://s3.eu-central-1.amazonaws.com",
  s3Region: "eu-central-1",
  bucket: "films",
  prefix: "studio/",
  accessKeyId: "AKIATENANT",
  secretAccessKey,
};
const order = { spec: { kind: "probe" } };

let admin: TestKey;
let key: TestKey;
beforeAll(async () => {
  admin = await bootstrapped();
  key = await newTenantKey(admin, "studio");
});

const post = (path: string, body: object, by = key, headers: Record<string, string> = {}) =>
  api(path, { method: "POST", key: by.secret, body, headers });
const connect = async (change: object = {}, by = key) => {
  const response = await post("/connections?verify=false", { ...request, ...change }, by);
  if (response.status !== 201) throw new Error(await response.text());
  return Connection.parse(await response.json());
};
const remove = (id: string, by = key) => api(`/connections/${id}`, { method: "DELETE", key: by.secret });
const pathsOf = async (response: Response) => {
  const { code, errors }: { code: string; errors: { path: string }[] } = await response.json();
  return [response.status, code, errors.map(({ path }) => path)];
};

describe("a connection", () => {
  it("is read, listed and deleted, and never shows its secret", async () => {
    const connection = await connect();
    const { secretAccessKey: _, ...shown } = request;
    expect(connection).toEqual({
      ...shown,
      id: connection.id,
      purposes: ["source", "destination"],
      createdAt: expect.any(Number),
    });
    const listed = await (await api("/connections", { key: key.secret })).text();
    const read = await (await api(`/connections/${connection.id}`, { key: key.secret })).text();
    expect(JSON.parse(read)).toEqual(connection);
    expect(listed).toContain(connection.id);
    for (const text of [listed, read]) expect(text).not.toContain(secretAccessKey);

    expect((await remove(connection.id)).status).toBe(204);
    expect(await problemOf(await remove(connection.id))).toEqual([404, "not_found"]);
    expect(await problemOf(await api(`/connections/${connection.id}`, { key: key.secret }))).toEqual([
      404,
      "not_found",
    ]);
    const row = await env.DB.prepare("SELECT * FROM connections WHERE id = ?").bind(connection.id).first();
    expect(row).toMatchObject({ encryptedSecret: "", accessKeyId: "" });
    const { results } = await env.DB.prepare("SELECT action FROM audit_log WHERE resource = ? ORDER BY sequence")
      .bind(connection.id)
      .all<{ action: string }>();
    expect(results.map(({ action }) => action)).toEqual(["connection.create", "connection.delete"]);
  });

  it("keeps its secret encrypted, for its own tenant and row alone", async () => {
    const [one, other] = [await connect(), await connect()];
    const { results } = await env.DB.prepare("SELECT * FROM connections").all();
    expect(JSON.stringify(results)).not.toContain(secretAccessKey);
    const { results: log } = await env.DB.prepare("SELECT * FROM audit_log").all();
    expect(JSON.stringify(log)).not.toContain(secretAccessKey);

    const [row, foreign] = [
      await findConnection(env, key.tenantId, one.id),
      await findConnection(env, key.tenantId, other.id),
    ];
    if (!row || !foreign) throw new Error("not stored");
    expect(row.encryptedSecret).not.toBe(foreign.encryptedSecret);
    expect((await accessOf(settingsOf(env), row)).secretAccessKey).toBe(secretAccessKey);
    await expect(accessOf(settingsOf(env), { ...row, encryptedSecret: foreign.encryptedSecret })).rejects.toThrow();
    await expect(accessOf(settingsOf(env), { ...row, tenantId: admin.tenantId })).rejects.toThrow();
  });

  it.each([
    ["endpoint", "http://s3.example.com", "source_forbidden"],
    ["endpoint", "https://127.0.0.1:9000", "source_forbidden"],
    ["endpoint", "https://169.254.169.254", "source_forbidden"],
    ["endpoint", "https://minio.internal", "source_forbidden"],
    ["endpoint", "https://s3.example.com/?x=1", "invalid_request"],
    ["endpoint", "file:///etc", "invalid_request"],
    ["bucket", "../other", "invalid_request"],
    ["prefix", "a/../b", "invalid_request"],
    ["prefix", "/a", "invalid_request"],
    ["s3Region", "eu central", "invalid_request"],
    ["accessKeyId", "AKI\u00ac", "invalid_request"],
    ["purposes", [], "invalid_request"],
  ])("is refused with %s %s", async (name, value, code) => {
    expect(await pathsOf(await post("/connections?verify=false", { ...request, [name]: value }))).toEqual([
      422,
      code,
      [name],
    ]);
  });

  it("is one for twenty requests with one key, and there are not more than a tenant may have", async () => {
    const crowd = await newTenantKey(admin, "crowd");
    const same = { "idempotency-key": "same" };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post("/connections?verify=false", request, crowd, same)),
    );
    expect(
      new Set(await Promise.all(answers.map(async (answer) => Connection.parse(await answer.json()).id))).size,
    ).toBe(1);
    expect(await problemOf(await post("/connections?verify=false", { ...request, name: "b" }, crowd, same))).toEqual([
      422,
      "idempotency_mismatch",
    ]);

    const more = await Promise.all(
      Array.from({ length: limits.connectionsPerTenant + 3 }, () => post("/connections?verify=false", request, crowd)),
    );
    const made = more.filter(({ status }) => status === 201).length;
    expect(made).toBe(limits.connectionsPerTenant - 1);
    for (const refused of more.filter(({ status }) => status !== 201))
      expect((await problemOf(refused))[1]).toBe("too_many_connections");
  });
});

describe("trying a bucket", () => {
  const access = {
    endpoint: request.endpoint,
    region: request.s3Region,
    bucket: request.bucket,
    accessKeyId: "AKIA",
    secretAccessKey,
  };

  /** The store's answer, and what it was asked. */
  function storeAnswers(response: () => Response) {
    const asked: Request[] = [];
    const spy = vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      asked.push(new Request(input, init));
      return response();
    });
    return { asked, restore: () => spy.mockRestore() };
  }

  it("lists one key below the prefix, signed for its region, without following a redirect", async () => {
    const { asked, restore } = storeAnswers(() => new Response("<ListBucketResult/>"));
    await tryBucket(settingsOf(env), access, "studio/").finally(restore);
    const [one] = asked;
    const url = new URL(one?.url ?? "");
    expect(url.origin + url.pathname).toBe("https://s3.eu-central-1.amazonaws.com/films");
    expect(Object.fromEntries(url.searchParams)).toEqual({ "list-type": "2", "max-keys": "1", prefix: "studio/" });
    expect(one?.redirect).toBe("manual");
    const signer = new AwsV4Signer({
      method: "GET",
      url: url.href,
      service: "s3",
      region: "eu-central-1",
      accessKeyId: "AKIA",
      secretAccessKey,
      datetime: one?.headers.get("x-amz-date") ?? "",
    });
    expect(one?.headers.get("authorization")).toBe(await signer.authHeader());
  });

  it.each([
    [
      new Response("<Error><Code>SignatureDoesNotMatch</Code><Message>The signature\u0007 is wrong</Message></Error>", {
        status: 403,
      }),
      "The store answered 403 SignatureDoesNotMatch: The signature? is wrong",
    ],
    [new Response("<html>".repeat(10_000), { status: 404 }), "The store answered 404"],
    [new Response(null, { status: 301, headers: { location: "https://127.0.0.1/" } }), "The store answered 301"],
  ])("tells why it was refused: %#", async (response, message) => {
    const { restore } = storeAnswers(() => response);
    await expect(tryBucket(settingsOf(env), access, "").finally(restore)).rejects.toMatchObject({
      code: "connection_refused",
      message,
    });
  });

  it("asks nobody whom the rule has come to forbid since it was stored", async () => {
    const { asked, restore } = storeAnswers(() => new Response());
    const forbidden = { ...access, endpoint: "https://127.0.0.1" };
    await expect(tryBucket(settingsOf(env), forbidden, "").finally(restore)).rejects.toMatchObject({
      code: "connection_refused",
    });
    expect(asked).toHaveLength(0);
  });

  it("keeps nothing of a connection that was refused", async () => {
    const { restore } = storeAnswers(() => new Response("", { status: 403 }));
    const name = "never stored";
    expect(await problemOf(await post("/connections", { ...request, name }).finally(restore))).toEqual([
      422,
      "connection_refused",
    ]);
    expect(await env.DB.prepare("SELECT 1 FROM connections WHERE name = ?").bind(name).first()).toBeNull();
  });
});

describe("another tenant's connection", () => {
  it("is like one that does not exist, wherever it is named", async () => {
    const foreign = (await connect({}, admin)).id;
    const unknown = `con_${"0".repeat(26)}`;
    const { id: assetId } = await readyAsset(key);
    for (const path of [`/connections/${foreign}`, `/connections/${unknown}`])
      expect(await problemOf(await api(path, { key: key.secret }))).toEqual([404, "not_found"]);
    expect(await problemOf(await post(`/connections/${foreign}/test`, {}))).toEqual([404, "not_found"]);
    expect(await problemOf(await remove(foreign))).toEqual([404, "not_found"]);

    const naming = (connectionId: string) => [
      post("/assets", { source: { connectionId, key: "a.mp4" } }),
      post("/jobs", { ...order, source: { connectionId, key: "a.mp4" } }),
      post("/jobs", { ...order, assetId, destination: { connectionId } }),
      post("/batches", { job: order, sources: [{ assetId }, { source: { connectionId, key: "a.mp4" } }] }),
      post("/batches", { job: { ...order, destination: { connectionId } }, sources: [{ assetId }] }),
    ];
    const told = async (answers: Promise<Response>[]) =>
      Promise.all(answers.map(async (answer) => pathsOf(await answer)));
    const [ofForeign, ofUnknown] = [await told(naming(foreign)), await told(naming(unknown))];
    expect(ofForeign).toEqual(ofUnknown);
    expect(ofForeign).toEqual([
      [422, "invalid_request", ["source.connectionId"]],
      [422, "invalid_request", ["source.connectionId"]],
      [422, "invalid_request", ["destination.connectionId"]],
      [422, "invalid_request", ["sources.1.source.connectionId"]],
      [422, "invalid_request", ["job.destination.connectionId"]],
    ]);
  });

  it("nor one for another purpose, nor one that was deleted", async () => {
    const reading = await connect({ purposes: ["source"] });
    const { id: assetId } = await readyAsset(key);
    expect((await post("/jobs", { ...order, assetId, destination: { connectionId: reading.id } })).status).toBe(422);
    const gone = await connect();
    await remove(gone.id);
    expect((await post("/assets", { source: { connectionId: gone.id, key: "a" } })).status).toBe(422);
  });
});

describe("a lease of a job that uses a connection", () => {
  it("carries the credentials, and the connection can't be deleted until the job has ended", async () => {
    const connection = await connect();
    const runner = await makeRunner("enam");
    const created = await post("/jobs", {
      ...order,
      source: { connectionId: connection.id, key: "in/a.mp4" },
      destination: { connectionId: connection.id, prefix: "out/" },
    });
    const text = await created.text();
    expect(text).not.toContain(secretAccessKey);
    const job = Job.parse(JSON.parse(text));
    expect(await problemOf(await remove(connection.id))).toEqual([409, "connection_in_use"]);

    const capabilities = ["kind:fetch", "kind:probe"];
    const [task] = await vi.waitUntil(async () => {
      const tasks = await leaseOver(runner, { capabilities, slots: 8 }, 8);
      return tasks.length > 0 && tasks;
    });
    expect(task?.inputs).toEqual([
      {
        kind: "s3",
        role: "source",
        bytesMax: settingsOf(env).maxUploadBytes,
        endpoint: request.endpoint,
        region: "eu-central-1",
        bucket: "films",
        accessKeyId: "AKIATENANT",
        secretAccessKey,
        key: "studio/in/a.mp4",
      },
    ]);
    await post(`/jobs/${job.id}/cancel`, {});
    expect(await problemOf(await remove(connection.id))).toEqual([409, "connection_in_use"]);
    await post(`/jobs/${task?.jobId}/cancel`, {});
    expect((await remove(connection.id)).status).toBe(204);
    // Only a job can tell now that its connection is gone.
    const retried = Job.parse(await (await post(`/jobs/${task?.jobId}/retry`, {})).json());
    expect(retried.state).toBe("queued");
    await vi.waitUntil(
      async () => {
        await leaseOver(runner, { capabilities, slots: 8 }, 8);
        const now = Job.parse(await (await api(`/jobs/${retried.id}`, { key: key.secret })).json());
        return now.state === "failed" && now.error?.code === "connection_missing";
      },
      { timeout: 60_000 },
    );
  });
});
