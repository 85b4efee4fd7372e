import { connect, type Socket } from "node:net";

/** A connection to the stack that sends whatever bytes it is given, and keeps what comes back. */
export class Wire {
  readonly #socket: Socket;
  #heard = "";
  #closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1").on("data", (text: string) => {
      this.#heard += text;
    });
    // A server that hangs up on an attacker is what we want to see.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#closed = true;
    });
  }

  static async open(url: string): Promise<Wire> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new Wire(socket);
  }

  /** Everything that was received, each byte a character. */
  get heard(): string {
    return this.#heard;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The statuses of the answers, in their order. */
  get statuses(): number[] {
    return Array.from(this.#heard.matchAll(/HTTP\/1\.1 (\d{3})/g), ([, status]) => Number(status));
  }

  send(bytes: string | Uint8Array): void {
    if (!this.#closed) this.#socket.write(bytes);
  }

  /** Reads nothing more, so that the answer has nowhere to go. */
  pause(): void {
    this.#socket.pause();
  }

  /** Hangs up without a word. */
  drop(): void {
    this.#socket.destroy();
  }
}
