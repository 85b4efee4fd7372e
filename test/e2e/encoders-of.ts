import { readdirSync, readFileSync } from "node:fs";

/** The processes of ffmpeg that work in this stack's scratch. */
export function encodersOf(directory: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      const name = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
      return name.startsWith("ffmpeg") && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(directory);
    } catch {
      return false;
    }
  });
}
