import { spawn } from "node:child_process";
import { UsageError } from "../failures.ts";

/** What hands a URL to the person's browser; `BROWSER` is another program that does. */
function opener(env: NodeJS.ProcessEnv): readonly [command: string, ...words: string[]] {
  if (env.BROWSER) return [env.BROWSER];
  if (process.platform === "darwin") return ["open"];
  // `start` is a word of cmd, which would read a URL's & as its own.
  if (process.platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  return ["xdg-open"];
}

/** Opens a URL and does not wait for the browser to close. Throws UsageError where there is no browser to be found. */
export async function openInBrowser(url: string, env: NodeJS.ProcessEnv): Promise<void> {
  const [command, ...words] = opener(env);
  const child = spawn(command, [...words, url], { detached: true, stdio: "ignore", env });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", () =>
      reject(
        new UsageError(`${command} does not run here`, { remedy: "Open the link above yourself, or set BROWSER." }),
      ),
    );
  });
  child.unref();
}
