import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, extname, join, normalize } from "node:path";
import { answerKey, KEY_PATH } from "./keys.ts";

const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".m3u8": "application/vnd.apple.mpegurl",
  ".mpd": "application/dash+xml",
  ".mp4": "video/mp4",
  ".m4s": "video/iso.segment",
  ".vtt": "text/vtt",
};

const require = createRequire(import.meta.url);
const PAGES: Record<string, string> = {
  "/player.html": new URL("page/player.html", import.meta.url).pathname,
  "/player.mjs": new URL("page/player.mjs", import.meta.url).pathname,
  "/number.mjs": new URL("page/number.mjs", import.meta.url).pathname,
  "/hls.js": join(dirname(require.resolve("hls.js")), "hls.min.js"),
  "/shaka.js": join(dirname(require.resolve("shaka-player")), "shaka-player.compiled.js"),
};

/** A web server with the player's page and titles: each a list of folders, the first that has a file gives it. */
export class Site {
  readonly #titles = new Map<string, string[]>();
  readonly #answers = new Map<string, { readonly type: string; readonly body: string }>();
  readonly #server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === KEY_PATH) return answerKey(request, response);
    const answer = this.#answers.get(`${request.method} ${pathname}`);
    if (answer) return void response.writeHead(200, { "content-type": answer.type }).end(answer.body);
    const path = PAGES[pathname] ?? this.#find(pathname);
    if (path === undefined) return void response.writeHead(404).end();
    const { size } = statSync(path);
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const [start, end] = range ? [Number(range[1]), Math.min(Number(range[2] || size), size - 1)] : [0, size - 1];
    if (start > end) return void response.writeHead(416, { "content-range": `bytes */${size}` }).end();
    response.writeHead(range ? 206 : 200, {
      "content-type": TYPES[extname(path)] ?? "application/octet-stream",
      "content-length": end - start + 1,
      "accept-ranges": "bytes",
      "cache-control": "no-store",
      date: new Date().toUTCString(),
      ...(range && { "content-range": `bytes ${start}-${end}/${size}` }),
    });
    createReadStream(path, { start, end }).pipe(response);
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Serves a title at `/<name>/` from these folders, from now on. */
  serve(name: string, ...folders: string[]): void {
    this.#titles.set(name, folders);
  }

  /** Answers such a request with this, from now on. */
  answer(request: `${"GET" | "POST"} /${string}`, type: string, body: string): void {
    this.#answers.set(request, { type, body });
  }

  #find(pathname: string): string | undefined {
    const [, name = "", ...rest] = normalize(pathname).split("/");
    const candidates = (this.#titles.get(name) ?? []).map((folder) => join(folder, ...rest));
    return candidates.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
