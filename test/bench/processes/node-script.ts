import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { type StartedProcess, startProcess } from "./child-process.ts";

/** Starts one of our own scripts on this Node; it says `{"event":"ready",…}` when it is. */
export function startScript(options: {
  script: URL;
  directory: string;
  env: Readonly<Record<string, string>>;
}): Promise<StartedProcess> {
  const path = fileURLToPath(options.script);
  const name = basename(path, ".ts");
  return startProcess({
    name,
    command: process.execPath,
    arguments: [path],
    env: options.env,
    logFile: join(options.directory, `${name}.log`),
    isReady: (line) => /"event":\s*"ready"/.test(line),
  });
}

/** The `url` of a ready line. */
export function readyUrl(line: string): string {
  const message: unknown = JSON.parse(line);
  if (typeof message === "object" && message !== null && "url" in message && typeof message.url === "string")
    return message.url;
  throw new ReelwayError("internal", `the ready line has no url: ${line}`);
}
