import { spawn } from "node:child_process";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { expect, test } from "vitest";
import { checkout } from "./paths.ts";
import { processesMentioning } from "./process/identity.ts";
import { environment } from "./testing/service-fixture.ts";

const demoDirectories = () => readdirSync(join(checkout, ".reelway")).filter((name) => name.startsWith("demo-run-"));

/** Runs the demo to its end, and looks for what it should not have left. */
async function demo(settings: Readonly<Record<string, string>>) {
  const before = demoDirectories();
  const child = spawn(process.execPath, [join(import.meta.dirname, "demo.ts")], { env: environment(settings) });
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once("close", resolve)),
  ]);
  const left = demoDirectories().filter((name) => !before.includes(name));
  // A demo that somebody else runs from this checkout meanwhile is not ours.
  const ours = left.filter((name) => processesMentioning(name).length === 0);
  return { stdout, stderr, code, left: ours };
}

test("converts a sample from end to end, checks the result and leaves nothing behind", async () => {
  const out = join(folderOfTest("stack"), "with space.mp3");
  const { stdout, stderr, code, left } = await demo({ PRESET: "mp3", OUT: out });
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/✓ Checked the result with ffprobe .*mp3, 10\.\d s.*all, with upload and download/s);
  expect(statSync(out).size).toBeGreaterThan(100_000);
  expect(left).toEqual([]);
});

test("a file that is no video: the reason, exit code 1, nothing left behind", async () => {
  const directory = folderOfTest("stack");
  const video = join(directory, "notes.mp4");
  writeFileSync(video, "these are only words\n".repeat(100));
  const { stderr, code, left } = await demo({ VIDEO: video, OUT: join(directory, "out.mp4") });
  expect(code).toBe(1);
  expect(stderr).toMatch(/ffprobe can't read .*notes\.mp4.*The end of control-plane\.log/s);
  expect(left).toEqual([]);
  expect(readdirSync(directory)).toEqual(["notes.mp4"]);
});

test.each([
  [{ VIDEO: "/nowhere.mp4" }, "VIDEO=/nowhere.mp4 is no file."],
  [{ PRESET: "vhs" }, "There is no preset vhs. PRESET can be mp4-h264"],
  [{ VIDEO: import.meta.filename, OUT: import.meta.filename }, "it would be lost"],
])("refuses %o before it starts anything", async (settings, reason) => {
  const { stderr, code } = await demo(settings);
  expect(code).toBe(1);
  expect(stderr).toContain(reason);
});
