import { readdirSync } from "node:fs";
import { join } from "node:path";
import { tailOf } from "@reelway/stack/process/log-file";
import { afterEach } from "vitest";

const LINES = 60;

interface WatchedLogs {
  directory: string;
  /** Set when the directory is about to go. */
  kept?: string;
}

const watched: WatchedLogs[] = [];

/** Prints the logs in this directory after each test of this file that fails. `keep` reads them before they are removed. */
export function watchForFailure(directory: string): { keep(): void } {
  const entry: WatchedLogs = { directory };
  watched.push(entry);
  return {
    keep() {
      entry.kept = readLogs(directory);
    },
  };
}

// Registered when the test file is read, so it runs after the file's own hooks and sees stacks that these have stopped.
afterEach(({ task }) => {
  if (task.result?.state === "fail")
    for (const entry of watched) console.error(entry.kept ?? readLogs(entry.directory));
  for (const entry of watched.splice(0)) if (entry.kept === undefined) watched.push(entry);
});

function readLogs(directory: string): string {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return "";
  }
  return names.map((name) => `── ${name}\n${tailOf(join(directory, name), LINES)}`).join("\n");
}
