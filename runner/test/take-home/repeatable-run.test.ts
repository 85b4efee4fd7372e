import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProgramRun } from "@reelway/shared/contracts/program-run";
import { withoutControls } from "@reelway/shared/contracts/text";
import { limits } from "@reelway/shared/limits";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MadeFiles } from "../../src/take-home/made-files.ts";
import { type RunPlace, repeatableRun } from "../../src/take-home/repeatable-run.ts";

const scratch = "/var/lib/reelway/scratch/tsk_1-2";
const place = { hidePaths: [`${scratch}/work`, `${scratch}/out`, `${scratch}/in`] };

function commandOf(args: readonly string[], where: RunPlace = place): string | undefined {
  return ProgramRun.parse(repeatableRun({ name: "ffmpeg", version: "5.1.9", args }, where).run).command;
}

/** What a shell gives to the program that a line names. */
function wordsInShell(line: string, programs = folderOfTest("shell-line")): string[] {
  const program = join(programs, "ffmpeg");
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\0' "$@"\n`);
  chmodSync(program, 0o755);
  const env = { PATH: `${programs}:${process.env.PATH}`, HOME: "/home/somebody" };
  return execFileSync("sh", ["-c", line], { cwd: programs, env, encoding: "utf8" }).split("\0").slice(0, -1);
}

describe("a run that is told for a desk", () => {
  it("names its files without their folders, and devices by their nodes", () => {
    const args = [
      ...["-init_hw_device", "vaapi=va:/dev/dri/renderD128", "-i", `file:${scratch}/in/source`],
      ...["-vf", "scale=1/2,libvmaf=model='path=/opt/models of ours/v1.json':n=24000/1001"],
      ...["-passlogfile", "pass", "-o", "/etc/reelway/state", `file:${scratch}/out/video.mp4`],
    ];
    expect(commandOf(args)).toBe(
      "ffmpeg -init_hw_device vaapi=va:/dev/dri/renderD128 -i file:source " +
        "-vf 'scale=1/2,libvmaf=model='\\''path=v1.json'\\'':n=24000/1001' -passlogfile pass -o state file:video.mp4",
    );
  });

  it.each([
    "https://bucket.example/key?X-Amz-Signature=s3cret",
    "https://s3cret.example/s3cret/film.mp4",
    "HTTPS://user:s3cret@host/path",
    "-headers=Authorization: Bearer s3cret",
    "X-Amz-Signature=s3cret",
    `movie=filename=${"/home/s3cret/deep/film.mp4"}`,
    "/home/s3cret/film.mp4",
    '{"sessionToken":"s3cret"}',
  ])("holds no secret of %s", (word) => {
    const command = commandOf(["-i", word]);
    expect(command).not.toContain("s3cret");
    expect(command).toMatch(/^ffmpeg -i \S/);
  });

  it.each([
    "it's",
    "two words",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned #",
    "a && b || c > d < e | f & g",
    "~",
    "*",
    "'",
    "''\\'",
    "\\",
    "!!",
    "",
    "動画.mp4",
    "-i",
  ])("gives %j to the program as it is, in any shell", (word) => {
    expect(wordsInShell(commandOf([word, "end"]) ?? "")).toEqual([word, "end"]);
  });

  it("takes control characters out, line breaks too", () => {
    expect(commandOf(["a\nrm -rf ~\u001b]0;\u202e"])).toBe("ffmpeg 'a?rm -rf ~?]0;?'");
  });

  it("passes its own contract, and comes to the program word by word, whatever the words are", () => {
    const programs = folderOfTest("shell-lines");
    const word = fc.string({ unit: "grapheme", maxLength: 20 }).filter((text) => !/[/]|eyJ|bearer/i.test(text));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (args) => {
        expect(wordsInShell(commandOf(args) ?? "", programs)).toEqual(args.map(withoutControls));
      }),
      { numRuns: 40 },
    );
  });

  it("puts what made its files before it, each once, and not what made its own result before", () => {
    const made = new MadeFiles();
    made.note("index.json", ["reelway-media index source > index.json"]);
    const cut = repeatableRun(
      { name: "reelway-media", version: "1", args: ["cut", "--index", `${scratch}/work/index.json`, "-o", "cut.mp4"] },
      { ...place, made },
    );
    made.note("cut.mp4", cut.lines);
    made.note("video.mp4", ["ffmpeg of an attempt before"]);
    const args = ["-i", `file:${scratch}/work/cut.mp4`, "-i", "cut.mp4", `file:${scratch}/out/video.mp4`];
    expect(commandOf(args, { ...place, made, makes: ["video.mp4"] })).toBe(
      "reelway-media index source > index.json && reelway-media cut --index index.json -o cut.mp4 && " +
        "ffmpeg -i file:cut.mp4 -i cut.mp4 file:video.mp4",
    );
  });

  it("is told alone where it is too long with what made its files", () => {
    const made = new MadeFiles();
    made.note("cut.mp4", [`ffmpeg ${"x".repeat(limits.commandLength)}`]);
    expect(commandOf(["-i", "cut.mp4"], { ...place, made })).toBe("ffmpeg -i cut.mp4");
  });

  it("leaves a command out that is too long, and keeps the rest", () => {
    const inputRange = { fromSeconds: 1, toSeconds: null };
    const fits = "x".repeat(limits.commandLength - "ffmpeg ".length);
    expect(commandOf([fits])).toHaveLength(limits.commandLength);
    const { run } = repeatableRun({ name: "ffmpeg", version: "5 β", args: [`${fits}x`] }, { ...place, inputRange });
    expect(ProgramRun.parse(run)).toEqual({ name: "ffmpeg", version: "5??", inputRange });
  });
});
