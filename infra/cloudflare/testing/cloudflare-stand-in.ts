import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { StandInDatabase } from "./stand-in-database.ts";

interface Script {
  migrationTag: string | undefined;
  readonly secrets: Set<string>;
  readonly versions: string[];
  /** Paths of the static files that were announced last. */
  assets: string[];
  deployments: { id: string; versions: { version_id: string; percentage: number }[] }[];
}

/** What stands for an account: only what our commands make wrangler ask for, kept in memory. */
export interface Account {
  readonly databases: Map<string, StandInDatabase>;
  readonly buckets: Map<string, { created: unknown; cors: unknown; lifecycle: unknown }>;
  readonly queues: Map<string, { id: string; consumers: unknown[] }>;
  readonly scripts: Map<string, Script>;
}

export interface StandIn {
  readonly url: string;
  readonly account: Account;
  /** `METHOD path` of every request that was no GET. */
  readonly changes: string[];
  /** Asked for and not known here: a test that sees one learns that wrangler wants more. */
  readonly unknown: string[];
  /** Answers 500 to the first change whose path matches. */
  failOnce(pattern: RegExp): void;
  stop(): Promise<void>;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly origin: string;
}

/** Dumps are fetched and sent outside the API, by URLs that it hands out. */
const FILES = "/files/";
const ACCOUNT = "/accounts/acc0";
const NOT_FOUND = Symbol("not found");

/** A local stand-in of Cloudflare's API, for the real wrangler (CLOUDFLARE_API_BASE_URL). */
export async function startCloudflareStandIn(): Promise<StandIn> {
  const account: Account = { databases: new Map(), buckets: new Map(), queues: new Map(), scripts: new Map() };
  const changes: string[] = [];
  const unknown: string[] = [];
  let failing: RegExp | undefined;

  const server = createServer(async (request, response) => {
    const asked = await read(request);
    if (asked.path.startsWith(FILES)) return serveFile(account, asked, response);
    const name = `${asked.method} ${asked.path}`;
    if (asked.method !== "GET") changes.push(name);
    if (failing?.test(name)) {
      failing = undefined;
      return send(response, 400, { success: false, errors: [{ code: 10_500, message: "told to fail" }], result: null });
    }
    const result = answer(account, asked);
    if (result === undefined) {
      unknown.push(name);
      return send(response, 404, {
        success: false,
        errors: [{ code: 7003, message: `unknown: ${name}` }],
        result: null,
      });
    }
    if (result === NOT_FOUND)
      return send(response, 404, { success: false, errors: [{ code: 10_007, message: "not found" }], result: null });
    send(response, 200, { success: true, errors: [], messages: [], result });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    account,
    changes,
    unknown,
    failOnce(pattern) {
      failing = pattern;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const url = new URL(request.url ?? "/", "http://stand-in");
  return {
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    body: Buffer.concat(chunks),
    origin: `http://${request.headers.host}`,
  };
}

function serveFile(account: Account, { method, path, body }: Asked, response: ServerResponse): void {
  const database = account.databases.get(path.slice(FILES.length));
  if (method === "PUT") database?.upload(body.toString());
  const etag = createHash("md5").update(body).digest("hex");
  response.writeHead(200, { etag: `"${etag}"` }).end(method === "GET" ? database?.dump() : undefined);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function answer(account: Account, asked: Asked): unknown {
  const { method, path } = asked;
  if (path === "/accounts" || path === "/user/tokens/verify" || path === "/memberships" || path === "/user") return [];
  if (path === ACCOUNT) return { id: "acc0", name: "stand-in", settings: {} };
  if (!path.startsWith(ACCOUNT)) return undefined;
  const rest = path.slice(ACCOUNT.length);
  return (
    databases(account, method, rest, asked) ??
    buckets(account, method, rest, asked) ??
    queues(account, method, rest, asked) ??
    workers(account, method, rest, asked)
  );
}

function json(asked: Asked): Record<string, unknown> {
  const parsed: unknown = JSON.parse(asked.body.toString() || "{}");
  return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
}

function databases({ databases: all }: Account, method: string, path: string, asked: Asked): unknown {
  if (path === "/d1/database" && method === "GET") {
    const name = asked.query.get("name");
    return [...all.values()].filter((database) => name === null || database.name === name).map(shownDatabase);
  }
  if (path === "/d1/database" && method === "POST") {
    const uuid = `0000000${all.size + 1}-0000-4000-8000-000000000000`;
    const made = new StandInDatabase(uuid, String(json(asked).name), json(asked));
    all.set(uuid, made);
    return shownDatabase(made);
  }
  const [, uuid = "", action] = /^\/d1\/database\/([^/]+)(?:\/(.+))?$/.exec(path) ?? [];
  if (!path.startsWith("/d1/database/")) return undefined;
  const database = all.get(uuid);
  if (database === undefined) return NOT_FOUND;
  if (action === undefined) return shownDatabase(database);
  if (action === "time_travel/bookmark") return { bookmark: "bookmark-1" };
  if (action === "query") return database.query(String(json(asked).sql));
  const files = `${asked.origin}${FILES}${uuid}`;
  if (action === "export")
    return { success: true, status: "complete", messages: [], result: { filename: "dump.sql", signed_url: files } };
  if (action !== "import") return undefined;
  if (json(asked).action === "init") return { success: true, upload_url: files, filename: "dump.sql", messages: [] };
  database.takeUpload();
  return {
    success: true,
    status: "complete",
    messages: [],
    at_bookmark: "b",
    type: "import",
    result: {
      num_queries: 1,
      final_bookmark: "b",
      meta: { duration: 1, rows_read: 0, rows_written: 0, size_after: 0 },
    },
  };
}

function shownDatabase({ uuid, name }: StandInDatabase) {
  return { uuid, name, version: "production" };
}

function buckets({ buckets: all }: Account, method: string, path: string, asked: Asked): unknown {
  if (path === "/r2/buckets" && method === "POST") {
    const { name, ...created } = json(asked);
    all.set(String(name), { created, cors: undefined, lifecycle: undefined });
    return { name };
  }
  const [, name = "", action] = /^\/r2\/buckets\/([^/]+)(?:\/(cors|lifecycle))?$/.exec(path) ?? [];
  if (name === "") return undefined;
  const bucket = all.get(name);
  if (bucket === undefined) return NOT_FOUND;
  if (action !== "cors" && action !== "lifecycle") return { name, ...bucket };
  if (method === "PUT") bucket[action] = json(asked).rules;
  return bucket[action] === undefined ? NOT_FOUND : { rules: bucket[action] };
}

function queues({ queues: all }: Account, method: string, path: string, asked: Asked): unknown {
  const shown = (name: string) => ({
    queue_id: all.get(name)?.id,
    queue_name: name,
    consumers: all.get(name)?.consumers ?? [],
    producers: [],
    settings: {},
  });
  if (path === "/queues" && method === "GET") {
    const names = asked.query.getAll("name");
    return [...all.keys()].filter((one) => names.length === 0 || names.includes(one)).map(shown);
  }
  if (path === "/queues" && method === "POST") {
    const name = String(json(asked).queue_name);
    all.set(name, { id: `q${all.size + 1}`, consumers: [] });
    return shown(name);
  }
  const [, id = "", consumer] = /^\/queues\/([^/]+)(?:\/(consumers)(?:\/.+)?)?$/.exec(path) ?? [];
  const entry = [...all].find(([, queue]) => queue.id === id);
  if (entry === undefined) return undefined;
  if (consumer !== undefined && method !== "GET") entry[1].consumers.push({ ...json(asked), consumer_id: "c" });
  return consumer === undefined ? shown(entry[0]) : entry[1].consumers;
}

function workers({ scripts }: Account, method: string, path: string, asked: Asked): unknown {
  if (path === "/workers/scripts" && method === "GET")
    return [...scripts].map(([id, { migrationTag }]) => ({ id, migration_tag: migrationTag }));
  if (path === "/workers/subdomain") return { subdomain: "stand-in" };
  const [, name = "", action] = /^\/workers\/(?:scripts|services|workers)\/([^/]+)(?:\/(.+))?$/.exec(path) ?? [];
  if (name === "") return undefined;
  const script = scripts.get(name);
  if (method === "PUT" && action === undefined) return putScript(scripts, name, asked);
  if (script === undefined) return NOT_FOUND;
  return ofScript(script, method, action, asked, name);
}

function putScript(scripts: Account["scripts"], name: string, asked: Asked): unknown {
  const known = scripts.get(name);
  const [, tag] = /"new_tag":"([^"]+)"/.exec(asked.body.toString("latin1")) ?? [];
  const script = known ?? {
    migrationTag: undefined,
    secrets: new Set<string>(),
    versions: [],
    assets: [],
    deployments: [],
  };
  const version = addVersion(script, name);
  script.migrationTag = tag ?? script.migrationTag;
  script.deployments.unshift({
    id: `d${script.deployments.length}`,
    versions: [{ version_id: version, percentage: 100 }],
  });
  scripts.set(name, script);
  return {
    id: name,
    etag: "e",
    pipeline_hash: "p",
    mutable_pipeline_id: "m",
    deployment_id: version,
    startup_time_ms: 5,
  };
}

function addVersion(script: Script, name: string): string {
  const id = `${String(script.versions.length + 1).padStart(8, "0")}-0000-4000-8000-${name.length.toString().padStart(12, "0")}`;
  script.versions.push(id);
  return id;
}

function ofScript(script: Script, method: string, action: string | undefined, asked: Asked, name: string): unknown {
  const version = (id: string) => ({
    id,
    number: script.versions.indexOf(id) + 1,
    metadata: { author_email: "a", author_id: "a", created_on: "2026-11-21T00:00:00Z", source: "wrangler" },
    annotations: {},
    resources: { bindings: [], script: { handlers: ["fetch"] }, script_runtime: {} },
  });
  if (action === undefined)
    return {
      id: name,
      default_environment: { script: { tag: "t", migration_tag: script.migrationTag } },
      subdomain: { enabled: true, previews_enabled: false },
    };
  if (action === "secrets" && method === "GET")
    return [...script.secrets].map((secret) => ({ name: secret, type: "secret_text" }));
  if (action === "secrets" && method === "PUT") {
    script.secrets.add(String(json(asked).name));
    return { name: json(asked).name, type: "secret_text" };
  }
  if (action === "script-settings") return {};
  if (action === "assets-upload-session") {
    script.assets = Object.keys(json(asked).manifest ?? {});
    // As if every file were known already: none is sent.
    return { jwt: "the-assets", buckets: [] };
  }
  if (action === "secrets-bulk") {
    for (const [, secret = ""] of asked.body.toString().matchAll(/"name":"([A-Z0-9_]+)"/g)) script.secrets.add(secret);
    return {};
  }
  if (action === "settings") return { bindings: [], migration_tag: script.migrationTag, logpush: false };
  if (action === "versions" && method === "POST") {
    const id = addVersion(script, name);
    return { ...version(id), startup_time_ms: 5 };
  }
  if (action === "versions") return { items: script.versions.toReversed().map(version) };
  if (action?.startsWith("versions/")) return version(action.slice("versions/".length));
  if (action === "deployments" && method === "GET") {
    return {
      deployments: script.deployments.map((one) => ({
        ...one,
        source: "api",
        strategy: "percentage",
        author_email: "a",
        created_on: "2026-11-21T00:00:00Z",
        annotations: {},
      })),
    };
  }
  if (action === "deployments") {
    const versions = json(asked).versions;
    if (!Array.isArray(versions)) return undefined;
    script.deployments.unshift({ id: `d${script.deployments.length}`, versions });
    return { id: "d" };
  }
  if (action === "schedules" || action === "subdomain" || action === "domains/records")
    return { enabled: true, previews_enabled: false, schedules: [] };
  return undefined;
}
