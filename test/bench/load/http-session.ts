import { Agent, request } from "node:http";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface SessionCall {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Longest wait for one answer: a load generator that hangs measures nothing. */
const answerTimeoutMs = 30_000;

/**
 * Keep-alive HTTP to one server with few frills: the generator shares the machine with what it measures, so what it
 * costs itself must be small, and the same for every side.
 */
export class HttpSession {
  readonly #agent: Agent;
  readonly #base: URL;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(options: { url: string; bearer: string; connections: number }) {
    this.#base = new URL(options.url);
    this.#agent = new Agent({ keepAlive: true, maxSockets: options.connections, scheduling: "fifo" });
    this.#headers = { authorization: `Bearer ${options.bearer}` };
  }

  /** The answer, whatever its status. @throws when there is none. */
  call({ method, path, headers, body }: SessionCall): Promise<Answer> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          agent: this.#agent,
          host: this.#base.hostname,
          port: this.#base.port,
          method,
          path,
          timeout: answerTimeoutMs,
          headers: {
            ...this.#headers,
            ...headers,
            ...(payload === undefined
              ? {}
              : { "content-type": "application/json", "content-length": Buffer.byteLength(payload) }),
          },
        },
        (incoming) => {
          let text = "";
          incoming.setEncoding("utf8");
          incoming.on("data", (chunk: string) => {
            text += chunk;
          });
          incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body: text }));
          incoming.on("error", reject);
        },
      );
      outgoing.on("timeout", () =>
        outgoing.destroy(new Error(`${method} ${path}: no answer in ${answerTimeoutMs} ms`)),
      );
      outgoing.on("error", reject);
      outgoing.end(payload);
    });
  }

  /** The body of an answer with the wanted status. @throws with the server's own words otherwise. */
  async expect(status: number, call: SessionCall): Promise<string> {
    const answer = await this.call(call);
    if (answer.status !== status)
      throw new Error(
        `${call.method} ${call.path} answered ${answer.status}, not ${status}: ${answer.body.slice(0, 500)}`,
      );
    return answer.body;
  }

  close(): void {
    this.#agent.destroy();
  }
}
