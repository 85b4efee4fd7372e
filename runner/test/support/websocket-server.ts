import { createHash } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";

/** One accepted connection. Short text messages only: that is all a doorbell speaks. */
export interface ServerSocket {
  readonly received: string[];
  send(text: string): void;
  /** Cuts the connection without a word. */
  cut(): void;
}

/** Accepts WebSockets (RFC 6455) on a server's upgrade requests; `onMessage` answers what clients send. */
export function acceptWebSockets(
  server: Server,
  accept: (request: IncomingMessage) => boolean,
  onMessage: (socket: ServerSocket, text: string) => void,
): ServerSocket[] {
  const sockets: ServerSocket[] = [];
  server.on("upgrade", (request: IncomingMessage, stream: Duplex) => {
    stream.on("error", () => undefined);
    if (!accept(request)) return void stream.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n");
    const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const proof = createHash("sha1").update(key).digest("base64");
    stream.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${proof}\r\n\r\n`,
    );
    const socket: ServerSocket = {
      received: [],
      send: (text) => void stream.write(Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)])),
      cut: () => void stream.destroy(),
    };
    sockets.push(socket);
    stream.on("data", (data: Buffer) => {
      for (const text of textsIn(data)) {
        socket.received.push(text);
        onMessage(socket, text);
      }
    });
  });
  return sockets;
}

/** The text messages in a chunk of masked frames shorter than 126 bytes (§5.2). */
function textsIn(data: Buffer): string[] {
  const texts: string[] = [];
  for (let offset = 0; offset + 6 <= data.length; ) {
    const opcode = (data[offset] ?? 0) & 0x0f;
    const length = (data[offset + 1] ?? 0) & 0x7f;
    const mask = data.subarray(offset + 2, offset + 6);
    const payload = data.subarray(offset + 6, offset + 6 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    if (opcode === 1) texts.push(Buffer.from(payload).toString("utf8"));
    offset += 6 + length;
  }
  return texts;
}
