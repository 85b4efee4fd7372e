import { rmSync } from "node:fs";

/** Half-written files. Whatever way the process ends (but SIGKILL), none of them stays behind. */
export class PartFiles {
  readonly #paths = new Set<string>();

  constructor(process: NodeJS.Process) {
    process.on("exit", () => {
      for (const path of this.#paths) rmSync(path, { force: true });
    });
  }

  add(path: string): void {
    this.#paths.add(path);
  }

  /** The file got its final name, or was removed. */
  settled(path: string): void {
    this.#paths.delete(path);
  }
}
