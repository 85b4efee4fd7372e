import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { errorCatalogue } from "@reelway/shared/errors/catalogue";
import { folderOfTest } from "@reelway/shared/testing/temporary-folder";
import { describe, expect, it } from "vitest";
import { fixture } from "../fixtures.ts";
import { failureOf, runKind } from "./run-kind.ts";

const film = {
  kind: "transcode",
  container: "mp4",
  video: { codec: "h264", speed: "fast" },
  audio: { codec: "aac" },
} as const;

async function fileWith(name: string, content: string | Buffer): Promise<string> {
  const path = join(folderOfTest("bad"), name);
  await writeFile(path, content);
  return path;
}

async function cut(name: "clip.mp4" | "long.mp4" | "variable.mkv" | "silent.mp4", share: number): Promise<string> {
  const whole = await readFile(await fixture(name));
  const path = await fileWith(name, whole);
  await truncate(path, Math.floor(whole.length * share));
  return path;
}

describe("input that is no media", () => {
  it.each([
    ["an empty file", "", /empty/],
    ["a text file", "just some words, and no film at all\n".repeat(50), /Invalid data|not one of the media formats/],
    ["zeros", Buffer.alloc(4_096), /Invalid data|not one of the media formats/],
  ])("%s named .mp4 ends at once with ffmpeg's own reason", async (_name, content, reason) => {
    const path = await fileWith("film.mp4", content);
    for (const wish of [film, { kind: "probe" }, { kind: "thumbnails", posters: { count: 1 } }] as const) {
      const error = await failureOf(runKind(wish, path));
      expect(error.code).toBe("input_unreadable");
      expect(error.detail).toMatch(reason);
      expect(error.retryable).toBe(false);
      expect(`${error.detail} ${error.logTail}`).not.toContain(tmpdir());
    }
  });

  it("reads a good film under a wrong name", async () => {
    const run = await runKind(film, await fileWith("film.txt", await readFile(await fixture("clip.mp4"))));
    expect(run.files[0]?.name).toBe("video.mp4");
  });

  it("blames the file when its index is missing", async () => {
    const error = await failureOf(runKind(film, await cut("silent.mp4", 0.5)));
    expect(error.code).toBe("input_truncated");
    expect(error.detail).toContain("moov atom not found");
  });

  it.each([
    ["clip.mp4", 0.5],
    ["long.mp4", 0.9],
  ] as const)("blames the file when its media is cut: %s to %d", async (name, share) => {
    const error = await failureOf(runKind(film, await cut(name, share)));
    expect(error.code).toBe("input_truncated");
    expect(errorCatalogue[error.code].retryable).toBe(false);
    expect(error.detail).toMatch(/only [\d.]+ s of [\d.]+ s/);
  });

  it("blames a cut Matroska file too", async () => {
    expect((await failureOf(runKind(film, await cut("variable.mkv", 0.5)))).code).toBe("input_truncated");
  });
});

const SECRET = "the-secret-of-this-host";

describe("input that points elsewhere", () => {
  /** A real film beside the payload: were a reference followed, the conversion would succeed. */
  async function trap(payload: (film: string) => string, name: string): Promise<string> {
    const at = folderOfTest("bad");
    await writeFile(
      join(at, "secret.ts"),
      Buffer.concat([await readFile(await fixture("clip.mp4")), Buffer.from(SECRET)]),
    );
    await writeFile(join(at, name), payload(join(at, "secret.ts")));
    return join(at, name);
  }

  const hls = (path: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://${path}\n#EXT-X-ENDLIST\n`;
  const dash = (path: string) =>
    `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>file://${path}</BaseURL><SegmentBase/></Representation></AdaptationSet></Period></MPD>`;

  it.each([
    ["an HLS playlist", hls, "list.m3u8"],
    ["an HLS playlist named .mp4", hls, "list.mp4"],
    ["a relative HLS playlist", () => hls("").replace("file://", "secret.ts"), "list.ts"],
    ["a DASH manifest", dash, "list.mpd"],
    ["a DASH manifest named .mp4", dash, "list.mp4"],
    ["a concat list", (path: string) => `ffconcat version 1.0\nfile '${path}'\n`, "list.mp4"],
    ["a relative concat list", () => "ffconcat version 1.0\nfile secret.ts\n", "list.txt"],
    [
      "an SDP",
      () =>
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
      "list.sdp",
    ],
    [
      "an SVG picture",
      (path: string) =>
        `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file://${path}"/></svg>`,
      "x.svg",
    ],
  ])("%s is refused", async (_name, payload, name) => {
    const path = await trap(payload, name);
    const beside = [join(dirname(path), "secret.ts")];
    const error = await failureOf(runKind(film, path, { beside }));
    expect(error.code).toBe("input_unreadable");
    expect(`${error.detail}${error.logTail}`).not.toContain(SECRET);
    expect((await failureOf(runKind({ kind: "probe" }, path, { beside }))).code).toBe("input_unreadable");
    expect((await readdir(join(path, ".."))).sort()).toEqual([name, "secret.ts"].sort());
  });
});

describe("what comes out", () => {
  it("carries none of the source's own tags, and shows them without control characters", async () => {
    const run = await runKind(film, await fixture("hostile-tags.mp4"));
    expect(run.source.tags.title).toContain("=cmd");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the point
    expect(JSON.stringify(run.source.tags)).not.toMatch(/[\u0000-\u001f]|\\u00|\\r|\\n/);
    expect((await run.probed("video.mp4")).tags.title).toBeUndefined();
  });
});
