import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";

/** What the storage does to a request, besides answering it. */
const storageFaults = ["slow", "unavailable", "cut", "short", "silent"] as const;
/**
 * slow: begins to answer late, and trickles. unavailable: 503 at once. cut: the connection breaks in the middle of the
 * body, either way. short: fewer bytes than there are, and says so as if they were all. silent: the request takes effect,
 * its answer is lost.
 */
export type StorageFault = (typeof storageFaults)[number];

/** The fault that a request meets now, if any. */
export type StorageWeather = () => StorageFault | null;

/** Stands in front of the stack's storage and passes everything on, as the weather lets it. */
export interface StorageGate {
  readonly url: string;
  /** Requests that met each fault so far. */
  readonly met: Readonly<Record<StorageFault, number>>;
  set(weather: StorageWeather): void;
  stop(): Promise<void>;
}

const localBuckets = "/cdn-cgi/local/r2/s3/";
const lateMs = 3_000;
const trickleBytesPerSecond = 4_000_000;
const passedBeforeCut = 20_000;
const shareOfShort = 0.6;

export async function openStorageGate(stackPort: number): Promise<StorageGate> {
  const met = { slow: 0, unavailable: 0, cut: 0, short: 0, silent: 0 };
  let weather: StorageWeather = () => null;

  const pass = async (asked: IncomingMessage, answer: ServerResponse) => {
    const fault = asked.url?.startsWith(localBuckets) === true ? weather() : null;
    if (fault !== null) met[fault] += 1;
    if (fault === "unavailable") return void answer.writeHead(503, { connection: "close" }).end();
    if (fault === "slow") await delay(lateMs);
    const { method = "GET", url = "/", headers } = asked;
    const onward = request({ host: "127.0.0.1", port: stackPort, method, path: url, headers });
    const sent = pipeline(
      fault === "cut" && method === "PUT" ? [asked, cutAfter(passedBeforeCut), onward] : [asked, onward],
    );
    const [answered]: IncomingMessage[] = await Promise.race([
      once(onward, "response"),
      sent.then(() => once(onward, "response")),
    ]);
    if (answered === undefined) throw new Error("no answer");
    if (fault === "silent") {
      answered.resume();
      await once(answered, "end");
      throw new Error("the answer is lost");
    }
    await giveBack(answered, answer, fault);
  };

  const server = createServer((asked, answer) => {
    pass(asked, answer).catch(() => answer.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    met,
    set(next) {
      weather = next;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function giveBack(answered: IncomingMessage, answer: ServerResponse, fault: StorageFault | null): Promise<void> {
  const { statusCode = 502, headers } = answered;
  const bytes = Number(headers["content-length"] ?? 0);
  if (fault === "short" && bytes > 1) {
    const kept = Math.floor(bytes * shareOfShort);
    answer.writeHead(statusCode, { ...headers, "content-length": String(kept) });
    return pipeline(answered, firstBytes(kept), answer);
  }
  answer.writeHead(statusCode, headers);
  if (fault === "cut") return pipeline(answered, cutAfter(passedBeforeCut), answer);
  if (fault === "slow") return pipeline(answered, trickle(), answer);
  return pipeline(answered, answer);
}

/** Passes so many bytes on, then fails. */
function cutAfter(bytes: number): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      left -= chunk.length;
      if (left < 0) done(new Error("cut"));
      else done(null, chunk);
    },
  });
}

/** Passes so many bytes on, and drops the rest. */
function firstBytes(bytes: number): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const part = chunk.subarray(0, Math.max(0, left));
      left -= part.length;
      done(null, part);
    },
  });
}

function trickle(): Transform {
  return new Transform({
    transform(chunk: Buffer, _, done) {
      setTimeout(() => done(null, chunk), (chunk.length / trickleBytesPerSecond) * 1_000);
    },
  });
}
