import { env } from "cloudflare:workers";
import { Session } from "@reelway/shared/contracts/session";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { attachment } from "../../src/http/content-disposition.ts";
import { createLog } from "../../src/http/log.ts";
import { api } from "../support/api.ts";
import { readyAsset } from "../support/assets.ts";
import { bootstrapped, type TestKey } from "../support/tenants.ts";
import { newUser, password } from "../support/users.ts";

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
beforeAll(async () => {
  admin = await bootstrapped();
  assetId = (await readyAsset(admin)).id;
});

const bucket = { endpoint: "https://s3.example.com", bucket: "own", accessKeyId: "a", secretAccessKey: "s" };
const startAt = Date.now() + 3_600_000;
/** Every text of people's own that is shown to others. */
const texts: [what: string, path: string, body: (text: string) => object][] = [
  ["a file", "/assets", (name) => ({ name, bytes: 1 })],
  ["a job's metadata", "/jobs", (title) => ({ assetId, preset: "mp4-h264", startAt, metadata: { title } })],
  [
    "the name of a job's metadata",
    "/jobs",
    (name) => ({ assetId, preset: "mp4-h264", startAt, metadata: { [name]: "x" } }),
  ],
  ["a job's tag", "/jobs", (tag) => ({ assetId, preset: "mp4-h264", startAt, tags: [tag] })],
  ["a batch", "/batches", (name) => ({ name, sources: [{ assetId }], job: { preset: "mp4-h264", startAt } })],
  ["a key", "/keys", (name) => ({ name, role: "viewer" })],
  ["a tenant", "/tenants", (name) => ({ name })],
  ["a connection", "/connections?verify=false", (name) => ({ name, ...bucket })],
  ["a key in a bucket", "/connections?verify=false", (prefix) => ({ name: "own", ...bucket, prefix })],
  ["a webhook", "/webhooks", (description) => ({ url: "https://hooks.example.com/", description })],
  ["a webhook's URL", "/webhooks", (text) => ({ url: `https://hooks.example.com/a${text}b` })],
  ["an address", "/invitations", (text) => ({ email: `a${text}b@example.com`, role: "viewer" })],
  ["a label", "/runners/tokens", (label) => ({ labels: [label] })],
  [
    "a runner",
    "/runners/register",
    (name) => ({ token: "t", name, region: "weur", labels: [], protocol: 1, version: "1.0.0" }),
  ],
  ["a drained region", "/regions/weur/drain", (reason) => ({ reason })],
];

describe.each(texts)("the text of %s", (_, path, body) => {
  it("takes no character that a terminal, a log or a header obeys", async () => {
    for (const character of obeyed) {
      const answer = await api(path, { method: "POST", key: admin.secret, body: body(`a${character}b`) });
      expect([JSON.stringify(character), answer.status]).toEqual([JSON.stringify(character), 422]);
    }
  });
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
