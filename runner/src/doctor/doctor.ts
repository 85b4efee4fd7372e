import { parseArgs } from "node:util";
import { reasonOf } from "@reelway/shared/errors/reason-of";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { readConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { describe } from "./describe.ts";
import { examine } from "./examine.ts";

/** Exit codes: 0 all is well, 1 something that the host has does not work, 2 wrong arguments or settings. */
const exitCodes = { well: 0, wanting: 1, usage: 2 } as const;

/** `reelway-runner doctor [--json]`: tries the host's programs, devices and sandbox, and prints what came of it. */
export async function doctor(words: readonly string[]): Promise<number> {
  try {
    const { json } = parseArgs({ args: [...words], options: { json: { type: "boolean", default: false } } }).values;
    const config = readConfig(withPlace(process.env));
    const examination = await examine(config, createLog(config.logLevel));
    process.stdout.write(json ? `${JSON.stringify(examination, null, 2)}\n` : describe(examination));
    return examination.faults.length === 0 ? exitCodes.well : exitCodes.wanting;
  } catch (error) {
    process.stderr.write(`reelway-runner doctor: ${reasonOf(error)}\n`);
    return error instanceof ReelwayError && error.code === "runner_error" ? exitCodes.wanting : exitCodes.usage;
  }
}

/** A host is looked at before it belongs anywhere: then these settings matter to nothing. */
function withPlace(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { REELWAY_URL: "http://localhost", RUNNER_REGION: "weur", LOG_LEVEL: "error", ...environment };
}
