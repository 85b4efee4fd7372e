import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SourceServer {
  readonly url: string;
  /** Requests by path, with their Range. */
  readonly asked: readonly { readonly path: string; readonly range: string | undefined }[];
  close(): Promise<void>;
}

/** A web server that has one file, and many ways to serve it badly. */
export async function startSourceServer(file: Uint8Array): Promise<SourceServer> {
  const asked: { path: string; range: string | undefined }[] = [];
  const etag = `"${createHash("md5").update(file).digest("hex")}"`;
  const whole = (response: ServerResponse, headers: Record<string, string | number> = {}) =>
    response.writeHead(200, { "content-type": "video/mp4", "content-length": file.length, ...headers }).end(file);
  const timesAsked = (path: string) => asked.filter((one) => one.path === path).length;

  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    "/plain.mp4": (_, response) => whole(response),
    // A % that begins no byte.
    "/100%.mp4": (_, response) => whole(response),
    "/unsized.mp4": (_, response) => response.writeHead(200).end(file),
    "/ranges.mp4": ({ headers }, response) => {
      const [, from] = /^bytes=(\d+)-$/.exec(headers.range ?? "") ?? [];
      if (from === undefined || (headers["if-range"] !== etag && headers["if-match"] !== etag)) {
        // The connection breaks in the middle, the first time.
        response.writeHead(200, { "content-length": file.length, etag, "accept-ranges": "bytes" });
        response.write(file.subarray(0, file.length >> 1), () => setTimeout(() => response.destroy(), 50));
        return;
      }
      const place = `bytes ${from}-${file.length - 1}/${file.length}`;
      const part = file.subarray(Number(from));
      response.writeHead(206, { "content-length": part.length, "content-range": place, etag }).end(part);
    },
    "/breaks-once.mp4": (_, response) => {
      if (timesAsked("/breaks-once.mp4") > 1) return whole(response);
      response.writeHead(200, { "content-length": file.length });
      response.write(file.subarray(0, 1_000), () => setTimeout(() => response.destroy(), 50));
    },
    "/redirects/0": (_, response) => response.writeHead(302, { location: "/redirects/1" }).end(),
    "/redirects/1": (_, response) => response.writeHead(307, { location: "/plain.mp4" }).end(),
    "/redirects/loop": (_, response) => response.writeHead(301, { location: "/redirects/loop" }).end(),
    "/fails-twice.mp4": (_, response) =>
      timesAsked("/fails-twice.mp4") > 2 ? whole(response) : response.writeHead(500).end(),
    "/truncated.mp4": (_, response) => {
      response.writeHead(200, { "content-length": file.length + 500 });
      response.write(file, () => setTimeout(() => response.destroy(), 50));
    },
    "/endless.mp4": (_, response) => {
      response.writeHead(200, { "content-type": "video/mp4" });
      const more = () => {
        while (response.writable && response.write(Buffer.alloc(1 << 20)));
        response.once("drain", more);
      };
      more();
    },
    "/too-large.mp4": (_, response) => {
      response.writeHead(200, { "content-length": 1e15 });
      response.write("x");
    },
    "/page": (_, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Sign in</title>"),
    "/page-as-video.mp4": (_, response) =>
      response.writeHead(200, { "content-type": "video/mp4" }).end("\n <HTML><body>Sign in</body></HTML>"),
    "/forbidden.mp4": (_, response) => response.writeHead(403).end(),
    "/empty.mp4": (_, response) => response.writeHead(200, { "content-length": 0 }).end(),
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://source").pathname;
    asked.push({ path, range: request.headers.range });
    const route = routes[path];
    if (route) route(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
