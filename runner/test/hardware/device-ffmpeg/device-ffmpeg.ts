import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeviceScript } from "./script.ts";

export interface DeviceFfmpeg {
  /** FFMPEG_PATH. */
  readonly path: string;
  /** Has the card behave so from now on. */
  readonly behave: (script: DeviceScript) => Promise<void>;
  /** The command lines that asked for the card. */
  readonly runs: () => Promise<string[][]>;
  readonly remove: () => Promise<void>;
}

/** Puts the stand-in around this ffmpeg: a program of its own, to be started like any other. */
export async function deviceFfmpeg(ffmpegPath: string): Promise<DeviceFfmpeg> {
  const directory = await mkdtemp(join(tmpdir(), "reelway-card-"));
  await chmod(directory, 0o755);
  const [path, script] = [join(directory, "ffmpeg"), join(directory, "script.json")];
  const command = [process.execPath, await strippedProgram(directory), ffmpegPath, script];
  await writeFile(path, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(" ")} "$@"\n`, { mode: 0o755 });
  const behave = (behaviour: DeviceScript) => writeFile(script, JSON.stringify(DeviceScript.parse(behaviour)));
  await behave({ failures: [] });
  return {
    path,
    behave,
    runs: async () => {
      const lines = await readFile(`${script}.runs`, "utf8").catch(() => "");
      return lines.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** The stand-in without its types: it is started a hundred times to prove one card, and Node would strip them each time. */
async function strippedProgram(directory: string): Promise<string> {
  for (const name of ["main", "as-software", "encoded-as"]) {
    const typed = await readFile(join(import.meta.dirname, `${name}.ts`), "utf8");
    await writeFile(join(directory, `${name}.mjs`), stripTypeScriptTypes(typed).replaceAll('.ts"', '.mjs"'));
  }
  return join(directory, "main.mjs");
}
