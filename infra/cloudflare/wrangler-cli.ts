import { join } from "node:path";
import { checkout } from "@reelway/stack/paths";
import { execa } from "execa";
import { DeployFailure } from "./deploy-failure.ts";

const wrangler = join(checkout, "node_modules", ".bin", "wrangler");
const TIMEOUT_MS = 10 * 60_000;

export interface WranglerCall {
  readonly args: readonly string[];
  /** Sent to stdin: the way for secrets, which must be on no command line. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs wrangler without questions and answers what it printed. */
export type RunWrangler = (call: WranglerCall) => Promise<string>;

/** @throws DeployFailure with wrangler's own words when it fails. */
export function wranglerFor(environment: NodeJS.ProcessEnv): RunWrangler {
  return async ({ args, input, env = {} }) => {
    const result = await execa(wrangler, args, {
      cwd: checkout,
      env: { ...environment, WRANGLER_SEND_METRICS: "false", CI: "true", FORCE_COLOR: "0", ...env },
      extendEnv: false,
      ...(input === undefined ? { stdin: "ignore" as const } : { input }),
      timeout: TIMEOUT_MS,
      reject: false,
    });
    if (result.failed)
      throw new DeployFailure(`wrangler ${args.slice(0, 3).join(" ")} failed:\n${result.stdout}\n${result.stderr}`);
    return result.stdout;
  };
}
