import { chown, stat } from "node:fs/promises";
import { execa } from "execa";
import { isRoot } from "./box.ts";

/** Nobody's number on this machine. */
const plainUser = 82_000;
const source = new URL("../../src/", import.meta.url).href;

/** Gives a directory to a user without rights, where the tests run as root. */
export async function giveAway(path: string): Promise<void> {
  if (isRoot) await chown(path, plainUser, plainUser);
  else await stat(path);
}

/** Runs a module as a user without rights, for whom modes count; `$src` in it is where the runner's modules lie. Returns what it printed. */
export async function asPlainUser(module: string): Promise<string> {
  const flags = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval"];
  const { stdout } = await execa(process.execPath, [...flags, module.replaceAll("$src/", source)], {
    stdin: "ignore",
    ...(isRoot && { uid: plainUser, gid: plainUser }),
  });
  return stdout;
}
