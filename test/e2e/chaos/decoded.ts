import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The digest of every picture, or of every piece of sound, with its time, as ffmpeg decodes what a playlist leads to. */
export async function decodedFrames(playlist: string): Promise<string[]> {
  const args = ["-nostdin", "-v", "error", "-i", playlist, "-map", "0", "-f", "framemd5", "-"];
  const { stdout, stderr } = await execute("ffmpeg", args, { maxBuffer: 256 * 1024 * 1024 });
  if (stderr !== "") throw new Error(`${new URL(playlist).pathname.split("/").slice(-2).join("/")}: ${stderr}`);
  return stdout.split("\n").filter((line) => /^\d/.test(line));
}
