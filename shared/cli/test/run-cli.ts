import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import type { ScriptedServer } from "../../client/test/scripted-server.ts";
import { folderOfTest } from "../../testing/temporary-folder.ts";

export const launcher = resolve(import.meta.dirname, "../../../bin/reelway");

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  /** stdout, every line parsed: throws where one is not JSON. */
  json: Record<string, unknown>[];
}

/** The CLI, run as a real process in a folder: one of the running test's own where none is given. */
export function cliIn(server: Pick<ScriptedServer, "url" | "key">, folder = folderOfTest("cli")) {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, HOME: folder, REELWAY_URL: server.url, REELWAY_API_KEY: server.key };

  function start(
    args: readonly string[],
    more: NodeJS.ProcessEnv = {},
  ): { child: ChildProcess; ended: Promise<Ended> } {
    const child = spawn(launcher, args, { cwd: folder, env: { ...env, ...more }, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const ended = new Promise<Ended>((done, fail) => {
      child.on("error", fail);
      child.on("close", (code) =>
        done({
          code,
          stdout,
          stderr,
          get json() {
            return stdout
              .split("\n")
              .slice(0, -1)
              .map((line): Record<string, unknown> => JSON.parse(line));
          },
        }),
      );
    });
    return { child, ended };
  }
  return {
    folder,
    start,
    run: (...args: string[]) => start(args).ended,
  };
}
