import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";

/** Where a program really lies, past links; null where there is none. A bare name is looked for on the PATH. */
export function findProgram(name: string, path = process.env.PATH ?? ""): string | null {
  const places = name.includes("/")
    ? [isAbsolute(name) ? name : resolve(name)]
    : path.split(delimiter).map((directory) => join(directory, name));
  return places.map(realProgram).find((found) => found !== null) ?? null;
}

function realProgram(path: string): string | null {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() ? realpathSync(path) : null;
  } catch {
    return null;
  }
}
