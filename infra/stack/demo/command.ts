import { spawn } from "node:child_process";
import { reelwayCommand } from "../paths.ts";

/**
 * Runs `bin/reelway` with this terminal's output and answers its exit code. In a process group of its own, so that Ctrl-C
 * reaches it once and only through the signal: it cancels its job and ends, where a second would end it at once.
 */
export function reelway(
  args: readonly string[],
  connection: { url: string; key: string },
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(reelwayCommand, args, {
      detached: true,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, REELWAY_URL: connection.url, REELWAY_API_KEY: connection.key },
    });
    const interrupt = () => child.kill("SIGINT");
    signal.addEventListener("abort", interrupt, { once: true });
    child.once("error", reject);
    child.once("close", (code) => {
      signal.removeEventListener("abort", interrupt);
      resolve(code ?? 130);
    });
  });
}
