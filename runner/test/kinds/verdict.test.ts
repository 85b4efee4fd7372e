import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { describe, expect, it } from "vitest";
import { fixture } from "../fixtures.ts";
import { ffmpegPath, tools } from "../media-tools.ts";
import { bareBox } from "../support/bare-box.ts";
import { failureOf, runKind } from "./run-kind.ts";

const film = { kind: "transcode", container: "mp4", video: { codec: "h264" }, audio: { codec: "aac" } } as const;

/** What is made of a good result by shell, as `$out`, before ffmpeg ends as if nothing had happened. */
const spoiled: [name: string, spoil: string, detail: RegExp][] = [
  ["is cut in the middle", `truncate -s $(($(stat -c %s "$out") / 2)) "$out"`, /decode/],
  [
    "holds nothing that decodes at its end",
    `head -c 4000 /dev/zero | dd of="$out" bs=1 conv=notrunc seek=$(($(stat -c %s "$out") - 4000)) 2>/dev/null`,
    /decode/,
  ],
  ["is no media", `echo words >"$out"`, /can't be read/],
  ["has another size", again("-vf scale=64:36 -c:a copy"), /the picture is 64x36, not 320x180/],
  ["lacks its sound", again("-an -c:v copy"), /the sound is missing, not aac/],
  ["lacks its picture", again("-vn -c:a copy"), /no picture/],
  ["lasts three times as long", again("-c copy", "-stream_loop 2"), /the result lasts 6\.\d\d s of 2\.\d\d s/],
];

function again(how: string, before = ""): string {
  return `'${ffmpegPath}' -v error ${before} -i "$out" ${how} "$out.other.mp4" && mv "$out.other.mp4" "$out"`;
}

/** The real ffmpeg, which says that all is well whatever became of the result. */
function ffmpegThat(spoil: string) {
  const path = join(folderOfTest("verdict"), "ffmpeg");
  const ofResult = `for out; do :; done; out=\${out#file:}; case "$out" in */video.mp4) ${spoil};; esac`;
  writeFileSync(path, `#!/bin/sh\n'${ffmpegPath}' "$@" || exit $?\n${ofResult}\nexit 0\n`);
  chmodSync(path, 0o755);
  return { ...tools, ffmpegPath: path };
}

describe("a result of an ffmpeg that ended well", () => {
  it("is taken as it is where nothing is wrong with it", async () => {
    const run = await runKind(film, await fixture("clip.mp4"), { tools: ffmpegThat("true"), box: bareBox });
    expect((await run.probed("video.mp4")).video[0]).toMatchObject({ width: 320, height: 180 });
  });

  it.each(spoiled)("is refused where it %s", async (_name, spoil, detail) => {
    const error = await failureOf(runKind(film, await fixture("clip.mp4"), { tools: ffmpegThat(spoil), box: bareBox }));
    expect([error.code, error.detail]).toEqual(["output_invalid", expect.stringMatching(detail)]);
  });
});
