import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

/** A webhook that was taken: answered with 200. */
export interface TakenWebhook {
  /** The part of the URL that says whose it is. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** fine: 200. error: 500. hang: no answer at all. gone: the connection breaks. */
export type ReceiverMood = "fine" | "error" | "hang" | "gone";

/** A receiver of webhooks that wants them, has moods, and remembers what it took. */
export interface RoughReceiver {
  readonly url: string;
  readonly taken: readonly TakenWebhook[];
  /** Calls that were not answered with 200. */
  readonly refused: number;
  set(mood: () => ReceiverMood): void;
  stop(): Promise<void>;
}

export async function openRoughReceiver(): Promise<RoughReceiver> {
  const taken: TakenWebhook[] = [];
  let refused = 0;
  let mood = (): ReceiverMood => "fine";
  const server = createServer(async (request, response) => {
    const body = await textOf(request).catch(() => null);
    if (body === null) return;
    const now = mood();
    if (now !== "fine") refused += 1;
    if (now === "hang") return;
    if (now === "gone") return void response.destroy();
    if (now === "error") return void response.writeHead(500).end("not now");
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    taken.push({ path: request.url ?? "/", headers, body });
    response.writeHead(200).end(challengeIn(body) ?? "thanks");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    taken,
    get refused() {
      return refused;
    },
    set(next) {
      mood = next;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** What webhook.verify asks to be sent back. */
function challengeIn(body: string): string | undefined {
  const { data } = z.object({ data: z.object({ challenge: z.string().optional() }) }).parse(JSON.parse(body));
  return data.challenge;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}
