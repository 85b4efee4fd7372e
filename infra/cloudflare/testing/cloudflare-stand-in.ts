import { createHash } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import { type Account, type Asked, NOT_FOUND, readAsked } from "./stand-in/account.ts";
import { buckets } from "./stand-in/buckets.ts";
import { databases, FILES } from "./stand-in/databases.ts";
import { queues } from "./stand-in/queues.ts";
import { workers } from "./stand-in/workers.ts";

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

const ACCOUNT = "/accounts/acc0";

/** A local stand-in of Cloudflare's API, for the real wrangler (CLOUDFLARE_API_BASE_URL). */
export async function startCloudflareStandIn(): Promise<StandIn> {
  const account: Account = { databases: new Map(), buckets: new Map(), queues: new Map(), scripts: new Map() };
  const changes: string[] = [];
  const unknown: string[] = [];
  let failing: RegExp | undefined;

  const server = createServer(async (request, response) => {
    const asked = await readAsked(request);
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
