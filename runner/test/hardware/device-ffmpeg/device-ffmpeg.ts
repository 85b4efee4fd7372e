import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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
  const program = join(import.meta.dirname, "main.ts");
  const command = [process.execPath, "--disable-warning=ExperimentalWarning", program, ffmpegPath, script];
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
