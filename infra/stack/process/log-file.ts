import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

const MAX_BYTES = 64 * 1024 * 1024;

/** A log on disk that never holds more than twice its bound: when full it becomes `<path>.1` and starts anew. */
export class LogFile {
  readonly path: string;
  readonly #maxBytes: number;
  #descriptor: number;
  #bytes: number;

  constructor(path: string, maxBytes = MAX_BYTES) {
    mkdirSync(dirname(path), { recursive: true });
    this.path = path;
    this.#maxBytes = maxBytes;
    this.#descriptor = openSync(path, "a", 0o600);
    this.#bytes = fstatSync(this.#descriptor).size;
  }

  write(text: string | Uint8Array): void {
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    if (this.#bytes > 0 && this.#bytes + bytes.length > this.#maxBytes) this.#rotate();
    writeSync(this.#descriptor, bytes);
    this.#bytes += bytes.length;
  }

  /** Bytes in it so far. */
  get bytes(): number {
    return this.#bytes;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #rotate(): void {
    closeSync(this.#descriptor);
    renameSync(this.path, `${this.path}.1`);
    this.#descriptor = openSync(this.path, "a", 0o600);
    this.#bytes = 0;
  }
}

/** The last lines of a log from byte `from` on, for a person who wants to know why something ended. */
export function tailOf(path: string, lines: number, from = 0): string {
  const most = 64 * 1024;
  try {
    const descriptor = openSync(path, "r");
    try {
      const size = fstatSync(descriptor).size;
      // Shorter than where we began: it was rotated since, and all of it is new.
      const written = size < from ? size : size - from;
      const buffer = Buffer.alloc(Math.min(written, most));
      readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
      return buffer.toString("utf8").trimEnd().split("\n").slice(-lines).join("\n");
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return "";
  }
}
