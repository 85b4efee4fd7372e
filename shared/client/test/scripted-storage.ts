import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { PresignedRequest } from "../../contracts/asset.ts";
import type { Seen } from "./scripted-server.ts";

/** The bucket: objects by key, put and read with requests that it signs. */
export class ScriptedStorage {
  readonly objects = new Map<string, Buffer>();
  /** Where its server listens. */
  url = "";

  signed(method: "PUT" | "GET", key: string): PresignedRequest {
    return { method, url: `${this.url}/storage/${key}`, headers: {}, expiresAt: Date.now() + 600_000 };
  }

  answer({ method, path, headers, body }: Seen, response: ServerResponse): void {
    const key = path.replace(/^\/storage\//, "").replace(/\?.*$/, "");
    if (method === "PUT") {
      if (headers["content-length"] !== String(body.length)) return void response.writeHead(403).end();
      this.objects.set(key, body);
      // R2 answers a part with an opaque, long tag.
      const etag = createHash("sha512").update(body).digest("base64url").repeat(2);
      return void response.writeHead(200, { etag: `"${etag}"` }).end();
    }
    const bytes = this.objects.get(key);
    if (!bytes) return void response.writeHead(404).end();
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { "content-length": bytes.length - from }).end(bytes.subarray(from));
  }
}
