import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const native = new URL("../../../native", import.meta.url).pathname;

let built: string | undefined;

/** The engine's program: `REELWAY_TEST_ENGINE`, or the release that is built here, which takes minutes the first time. */
export function buildEngine(): string {
  built ??= engineOfTests();
  return built;
}

function engineOfTests(): string {
  const given = process.env.REELWAY_TEST_ENGINE;
  if (given !== undefined) {
    if (!existsSync(given)) throw new Error(`REELWAY_TEST_ENGINE names ${given}, which is not there`);
    return given;
  }
  try {
    execFileSync("cargo", ["build", "--release", "--locked", "--quiet"], { cwd: native, stdio: "pipe" });
  } catch (error) {
    throw new Error("the media engine could not be built: it needs Rust (https://rustup.rs)", { cause: error });
  }
  return join(process.env.CARGO_TARGET_DIR ?? join(native, "target"), "release/reelway-media");
}
