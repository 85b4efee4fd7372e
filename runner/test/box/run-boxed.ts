import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxRung } from "@reelway/shared/contracts/sandbox";
import type { Box, BoxLimits } from "../../src/box/box.ts";
import { type ChildEnd, startChild } from "../../src/ffmpeg/child-process.ts";
import { boxOf, testBox } from "../support/box.ts";
import { letIn, testDirectory } from "../support/directory.ts";

export interface BoxedRun extends ChildEnd {
  readonly printed: string;
}

/** A task's directories with a box around them, in a directory that goes away with the test. */
export class Scene {
  readonly root: string;
  readonly input: string;
  readonly work: string;
  readonly #box: Box;

  private constructor(root: string, box: Box) {
    this.root = root;
    this.input = join(root, "in");
    this.work = join(root, "work");
    this.#box = box;
  }

  static async open(limits: Partial<BoxLimits> = {}, rung?: SandboxRung): Promise<Scene> {
    const root = await testDirectory();
    await letIn(root);
    const directories = [join(root, "in"), join(root, "work")];
    for (const directory of directories) await mkdir(directory);
    const box = await (rung === undefined ? testBox(directories, limits) : boxOf(rung, directories, limits));
    return new Scene(root, box);
  }

  /** Runs a program in the box, with these arguments and nothing of ours before them. */
  async run(
    command: readonly [string, ...string[]],
    { network = false, signal = AbortSignal.timeout(60_000), onProcessGroup = (_: number) => {} } = {},
  ): Promise<BoxedRun> {
    const printed: string[] = [];
    const { ended } = startChild({
      command,
      box: this.#box,
      reach: { reads: [this.input], writes: [this.work], cwd: this.work, network },
      signal,
      onProcessGroup,
      onStdout: (text) => printed.push(text),
      hidePaths: [],
    });
    return { ...(await ended), printed: printed.join("") };
  }

  shell(script: string, more: Parameters<Scene["run"]>[1] = {}): Promise<BoxedRun> {
    return this.run(["/bin/sh", "-c", script], more);
  }

  /** Puts a file among the inputs, for the box's user to read. */
  async put(name: string, content: string | Buffer): Promise<string> {
    const path = join(this.input, name);
    await writeFile(path, content);
    await chmod(path, 0o644);
    return path;
  }

  read(name: string): Promise<Buffer> {
    return readFile(join(this.work, name));
  }
}
