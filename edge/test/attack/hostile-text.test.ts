import { env } from "cloudflare:workers";
import { Session } from "@reelway/shared/contracts/session";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { attachment } from "../../src/http/content-disposition.ts";
import { createLog } from "../../src/http/log.ts";
import { api } from "../support/api.ts";
import { readyAsset } from "../support/assets.ts";
import { description, type Holder, makeRunner } from "../support/fleet.ts";
import { bootstrapped, type TestKey } from "../support/tenants.ts";
import { newUser, password } from "../support/users.ts";
import { Document, freeTexts } from "./free-texts.ts";

/** What moves a cursor, ends a line or turns the order of what is read. */
const obeyed = [
  "\u0000",
  "\t",
  "\n",
  "\r",
  "\u001b",
  "\u007f",
  "\u0085",
  "\u009b",
  "\u2028",
  "\u2029",
  "\u202e",
  "\u2066",
];
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
const ANY_OBEYED = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

let admin: TestKey;
let assetId: string;
let runner: Holder;
beforeAll(async () => {
  admin = await bootstrapped();
  assetId = (await readyAsset(admin)).id;
  runner = await makeRunner("weur");
});

const bucket = { endpoint: "https://s3.example.com", bucket: "own", accessKeyId: "a", secretAccessKey: "s" };
const startAt = Date.now() + 3_600_000;
const ulid = "01k9zq3v7m5n8r2t4w6x8y0abc";
const connectionId = `con_${ulid}`;
const job = { preset: "mp4-h264", startAt };
const subtitles = (name: string) => ({
  startAt,
  spec: { kind: "stream", subtitles: [{ assetId, language: "en", name }] },
});
const join = { token: "t", name: "n", region: "weur", labels: [], protocol: 1, version: "1.0.0" };
type Refused = readonly [request: string, body: (text: string) => object];

/** Every text of people's own that is kept or shown, by its place in the API's document. */
const refused: Readonly<Record<string, Refused>> = {
  "createAsset.name": ["POST /assets", (name) => ({ name, bytes: 1 })],
  "createAsset.source.key": ["POST /assets", (key) => ({ source: { connectionId, key } })],
  "createAsset.sourceUrl": ["POST /assets", (text) => ({ sourceUrl: `https://media.example.com/${text}` })],
  "createBatch.name": ["POST /batches", (name) => ({ name, sources: [{ assetId }], job })],
  "createBatch.metadata{}": ["POST /batches", (title) => ({ sources: [{ assetId }], job, metadata: { title } })],
  "createBatch.sources[].metadata{}": [
    "POST /batches",
    (title) => ({ sources: [{ assetId, metadata: { title } }], job }),
  ],
  "createBatch.sources[].source.key": [
    "POST /batches",
    (key) => ({ sources: [{ source: { connectionId, key } }], job }),
  ],
  "createBatch.sources[].sourceUrl": [
    "POST /batches",
    (text) => ({ sources: [{ sourceUrl: `https://media.example.com/${text}` }], job }),
  ],
  "createBatch.job.destination.prefix": [
    "POST /batches",
    (prefix) => ({ sources: [{ assetId }], job: { ...job, destination: { connectionId, prefix } } }),
  ],
  "createBatch.job.metadata{}": [
    "POST /batches",
    (title) => ({ sources: [{ assetId }], job: { ...job, metadata: { title } } }),
  ],
  "createBatch.job.preset": ["POST /batches", (preset) => ({ sources: [{ assetId }], job: { startAt, preset } })],
  "createBatch.job.spec.subtitles[].name": [
    "POST /batches",
    (name) => ({ sources: [{ assetId }], job: subtitles(name) }),
  ],
  "createBatch.job.webhookUrl": [
    "POST /batches",
    (text) => ({ sources: [{ assetId }], job: { ...job, webhookUrl: `https://hooks.example.com/${text}` } }),
  ],
  "createConnection.name": ["POST /connections?verify=false", (name) => ({ name, ...bucket })],
  "createConnection.prefix": ["POST /connections?verify=false", (prefix) => ({ name: "own", ...bucket, prefix })],
  "createInvitation.email": ["POST /invitations", (text) => ({ email: `a${text}b@example.com`, role: "viewer" })],
  "createInvitationAccept.name": ["POST /invitations/accept", (name) => ({ token: "rwinv_x", name, password })],
  "createJob.destination.prefix": [
    "POST /jobs",
    (prefix) => ({ assetId, ...job, destination: { connectionId, prefix } }),
  ],
  "createJob.metadata{}": ["POST /jobs", (title) => ({ assetId, ...job, metadata: { title } })],
  "createJob.preset": ["POST /jobs", (preset) => ({ assetId, startAt, preset })],
  "createJob.source.key": ["POST /jobs", (key) => ({ source: { connectionId, key }, ...job })],
  "createJob.sourceUrl": ["POST /jobs", (text) => ({ sourceUrl: `https://media.example.com/${text}`, ...job })],
  "createJob.spec.subtitles[].name": ["POST /jobs", (name) => ({ assetId, ...subtitles(name) })],
  "createJob.webhookUrl": [
    "POST /jobs",
    (text) => ({ assetId, ...job, webhookUrl: `https://hooks.example.com/${text}` }),
  ],
  "createKey.name": ["POST /keys", (name) => ({ name, role: "viewer" })],
  "createOwnKey.name": ["POST /auth/keys", (name) => ({ name })],
  "createRunnerRegister.name": ["POST /runners/register", (name) => ({ ...join, name })],
  "createRunnerRegister.version": ["POST /runners/register", (version) => ({ ...join, version })],
  "createTenant.name": ["POST /tenants", (name) => ({ name })],
  "createWebhook.description": [
    "POST /webhooks",
    (description) => ({ url: "https://hooks.example.com/", description }),
  ],
  "createWebhook.url": ["POST /webhooks", (text) => ({ url: `https://hooks.example.com/a${text}b` })],
  "heartbeatRunner.runner.version": [
    "POST /runner/heartbeat",
    (version) => ({ runner: { ...description, version }, leases: [] }),
  ],
  "leasesRunner.runner.version": [
    "POST /runner/leases",
    (version) => ({ runner: { ...description, version }, max: 1 }),
  ],
  "drainRegion.reason": ["POST /regions/weur/drain", (reason) => ({ reason })],
  "updateRunner.name": [`PATCH /runners/run_${ulid}_weur`, (name) => ({ name })],
  "updateTenant.name": [`PATCH /tenants/ten_${ulid}`, (name) => ({ name })],
  "updateUser.name": [`PATCH /users/usr_${ulid}`, (name) => ({ name })],
  "updateWebhook.description": [`PATCH /webhooks/whk_${ulid}`, (description) => ({ description })],
  "updateWebhook.url": [`PATCH /webhooks/whk_${ulid}`, (text) => ({ url: `https://hooks.example.com/a${text}b` })],
};

/** What comes from hosts is not refused, or a film's tags would fail its job: it is cleaned (edge/src/leases/sanitised.ts). */
const cleaned = [
  "completeLeases.manifest.delivery.bucket",
  "completeLeases.manifest.delivery.prefix",
  "completeLeases.manifest.execution.ffmpeg",
  "completeLeases.manifest.execution.ran[].encoder",
  "completeLeases.manifest.execution.runnerId",
  "completeLeases.manifest.outputs[].etag",
  "completeLeases.manifest.report.renditions[].codecs",
  "completeLeases.manifest.report.renditions[].language",
  "completeLeases.manifest.report.subtitles[].label.language",
  "completeLeases.manifest.report.subtitles[].label.name",
  "completeLeases.manifest.source.audio[].codec",
  "completeLeases.manifest.source.container",
  "completeLeases.manifest.source.subtitles[].codec",
  "completeLeases.manifest.source.tags{}",
  "completeLeases.manifest.source.video[].codec",
  "failLeases.error.logTail",
  "failLeases.error.message",
  "heartbeatRunner.load.devices[].name",
  "progressLeases.message",
];

/** What is compared with something, and neither kept nor shown. */
const compared = [
  "beginBrowserSession.code",
  "beginBrowserSession.email",
  "beginBrowserSession.key",
  "beginBrowserSession.password",
  "completeLeasesMultipart.uploadId",
  "createBootstrap.token",
  "createConnection.secretAccessKey",
  "createInvitationAccept.password",
  "createInvitationAccept.token",
  "createRunnerRegister.token",
  "discardDeadLetters.filter.preset",
  "loginAuth.email",
  "loginAuth.password",
  "multipartLeases.uploadId",
  "passwordAuth.currentPassword",
  "passwordAuth.newPassword",
  "passwordResetAuth.password",
  "passwordResetAuth.token",
  "refreshAuth.refreshToken",
  "replayDeadLetters.filter.preset",
];

describe("the texts that the API takes", () => {
  it("are all known here, but for those that a pattern holds", async () => {
    const document = Document.parse(await (await api("/openapi.json")).json());
    expect([...freeTexts(document)].sort()).toEqual([...Object.keys(refused), ...cleaned, ...compared].sort());
  });

  it.each(Object.entries(refused))(
    "%s takes no character that a terminal, a log or a header obeys",
    async (place, [request, body]) => {
      const [method = "", path = ""] = request.split(" ");
      const field = place
        .replace(/^\w+\./, "")
        .replace(/\[\]/g, ".0")
        .replace(/\{\}$/, ".title");
      const headers = { authorization: path.startsWith("/runner/") ? runner.authorization : `Bearer ${admin.secret}` };
      for (const character of obeyed) {
        const answer = await api(path, { method, headers, body: body(`a${character}b`) });
        const told = { character: JSON.stringify(character), status: answer.status, problem: await answer.json() };
        expect(told).toMatchObject({ status: 422, problem: { errors: [{ path: field }] } });
      }
    },
  );
});

describe("a line of the Worker's log", () => {
  it("holds none of them either, whatever is logged, and tells the same", () => {
    const lines: string[] = [];
    const text = `a${obeyed.join("x")}b`;
    createLog({ requestId: text }, (_, line) => lines.push(line)).warn(text, {
      name: text,
      [text]: 1,
      error: new Error(text, { cause: new Error(text) }),
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(ANY_OBEYED);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ message: text, requestId: text, name: text, [text]: 1 });
  });
});

describe("what a request says of itself", () => {
  it("gets into sessions and the audit log as an address, a country and a text, or not at all", async () => {
    const { email } = await newUser(admin, "ada@example.com", "admin");
    const headers = {
      "cf-connecting-ip": '10.0.0.1"}\u009b<script>',
      "cf-ipcountry": "<b>",
      "user-agent": `a\u009b31m\u0085b${"x".repeat(400)}`,
    };
    const login = await api("/auth/login", { method: "POST", body: { email, password }, headers });
    const { accessToken } = z.object({ accessToken: z.string() }).parse(await login.json());
    const listed = z
      .object({ items: z.array(Session) })
      .parse(await (await api("/auth/sessions", { key: accessToken })).json());
    expect(listed.items).toMatchObject([{ ip: null, userAgent: expect.stringMatching(/^a\?31m\?bx{293}$/) }]);
    const { results } = await env.DB.prepare("SELECT ip, country FROM audit_log WHERE action = 'session.create'").all();
    expect(results.length).toBeGreaterThan(0);
    for (const row of results) expect(row).toEqual({ ip: null, country: null });
  });

  it("is echoed in no header: not by id, not by path, not by origin", async () => {
    const headers = {
      "x-request-id": "a<b>\u00e9aaaaaaaa",
      origin: "https://evil.example",
      "idempotency-key": "\u00e9",
    };
    for (const path of ["/nothing%0d%0aset-cookie:%20a=b", "/jobs?cursor=%0d%0ax:%20y", "/presets/%0d%0aa:b"]) {
      const answer = await api(path, { key: admin.secret, headers });
      expect(answer.headers.get("set-cookie")).toBeNull();
      expect(JSON.stringify([...answer.headers])).not.toMatch(/evil|<b>|%0d|\\r|set-cookie/i);
    }
  });
});

describe("a file's name in Content-Disposition", () => {
  it.each([
    'a".mp4',
    "a\\.mp4",
    "a;b=c.mp4",
    "a\r\nset-cookie: b=c.mp4",
    "嘊嘍set-cookie: a=b.mp4",
    "\u202egpj.exe",
    "%0d%0a.mp4",
    "a\u0000.mp4",
    "\ud800.mp4",
    "../../etc/passwd",
    "..",
    ".",
    "con.mp4",
    "-rf.mp4",
    "=cmd|' /C calc'!A0.mp4",
    "'; filename=b.mp4",
    "*".repeat(255),
    "é".repeat(255),
  ])("can't leave its place: %j", (name) => {
    const value = attachment(name);
    const [, quoted = "", extended = ""] =
      /^attachment; filename="([^"\\]*)"; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]*)$/.exec(value) ?? [];
    expect([value, quoted === "", extended === ""]).toEqual([value, false, false]);
    expect(quoted).toMatch(/^[\x20-\x7e]+$/);
    expect(decodeURIComponent(extended)).toBe(name.toWellFormed());
  });
});
