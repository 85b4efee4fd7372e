import { existsSync, readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AudioStream, MediaInfo, VideoStream } from "@reelway/shared/contracts/media-info";
import { pino } from "pino";
import { beforeAll, describe, expect, it } from "vitest";
import type { MediaEngine } from "../../src/engine/open-engine.ts";
import { probeByEngine } from "../../src/engine/probe.ts";
import { probeFile, probeSource } from "../../src/ffmpeg/probe.ts";
import type { RunScope } from "../../src/ffmpeg/run.ts";
import { type FixtureName, fixture } from "../fixtures.ts";
import { tools } from "../media-tools.ts";
import { bareBox } from "../support/bare-box.ts";
import { testDirectory } from "../support/directory.ts";
import { testEngine } from "../support/engine.ts";

const folder = process.env.REELWAY_CLIPS ?? join(import.meta.dirname, "../../../../shared/media/open");
const clips = existsSync(folder) ? readdirSync(folder).filter((name) => /\.(mp4|m4a|mov|3gp)$/.test(name)) : [];
const made: readonly FixtureName[] = [
  "clip.mp4",
  "long.mp4",
  "silent.mp4",
  "sound.m4a",
  "tiny-16.mp4",
  "left-white.mp4",
  "turned-clockwise.mp4",
  "anamorphic.mp4",
  "hdr10.mp4",
  "black-start.mp4",
  "black.mp4",
  "shades.mp4",
  "hostile-tags.mp4",
];

/** What the engine leaves to ffprobe, since it does not know all of it, or refuses it. */
const left: readonly string[] = [
  "av1-hdr10-rot.mp4",
  "broken-chunk-out-of-range.mp4",
  "broken-timescale-0.mp4",
  "empty-track.mp4",
  "gopro-hero.mp4",
  "no-stss.mp4",
  "person-139s-432p.mp4",
  "phone-h263-amr.3gp",
  "podcast-cover.m4a",
  "prores-frame.mov",
  "two-videos-six-streams.mp4",
  "vp9-opus.mp4",
];

let engine: MediaEngine;
beforeAll(async () => {
  engine = await testEngine();
}, 600_000);

const scope = (): RunScope & { engine: MediaEngine } => ({
  tools,
  engine,
  box: bareBox,
  cwd: tmpdir(),
  reads: [],
  writes: [tmpdir()],
  signal: new AbortController().signal,
  stallMs: 30_000,
  onProcessGroup: () => {},
  hidePaths: [],
});

/** Where ffprobe's words are not the truth of a clip. */
const truer: Readonly<Record<string, { video?: Partial<VideoStream>; audio?: Partial<AudioStream> }>> = {
  // Fragments are not counted by ffprobe, which reads the header's tables only.
  "flower-fragmented.mp4": { video: { frames: 150 } },
  "rotate-bbb-1080p.mp4": { video: { frames: 45 } },
  // 216,898 bytes in 1.728 s; ffprobe repeats what the stream claims of itself.
  "eac3-51.mp4": { audio: { bitrateKbps: 1_000 } },
  // The sound decodes to 43,008 samples: 0.975 s, behind a delay that ffprobe counts with it.
  "bt601-bframes.mov": { audio: { durationSeconds: 0.975306 } },
};

function putRight(name: string, { video, audio, ...info }: MediaInfo): MediaInfo {
  return {
    ...info,
    video: video.map((stream) => ({ ...stream, ...truer[name]?.video })),
    audio: audio.map((stream) => ({ ...stream, ...truer[name]?.audio })),
  };
}

describe("a file's description by the engine", () => {
  it.each(made)("is ffprobe's: %s", async (name) => {
    const path = await fixture(name);
    expect(await probeByEngine(scope(), path)).toEqual(await probeFile(scope(), path));
  });

  it.skipIf(clips.length === 0).each(clips)(`is ffprobe's, or a truer one: %s`, async (name) => {
    const path = join(folder, name);
    const ours = await probeByEngine(scope(), path);
    if (left.includes(name)) return expect(ours).toBeNull();
    expect(ours).toEqual(putRight(name, await probeFile(scope(), path)));
  });
});

describe("probeSource", () => {
  it("asks no ffprobe about what the engine knows", async () => {
    const blind = { ...scope(), tools: { ...tools, ffprobePath: "/bin/false" } };
    expect(await probeSource(blind, await fixture("clip.mp4"))).toMatchObject({ video: [{ codec: "h264" }] });
    await expect(probeSource(blind, await fixture("surround.mkv"))).rejects.toMatchObject({ code: "input_unreadable" });
  });

  it("asks ffprobe about what it does not: other containers, and what it refuses", async () => {
    expect(await probeSource(scope(), await fixture("surround.mkv"))).toMatchObject({ audio: [{ codec: "ac3" }] });
    const cut = join(await testDirectory(), "cut.mp4");
    await writeFile(cut, (await readFile(await fixture("silent.mp4"))).subarray(0, 20_000));
    await expect(probeSource(scope(), cut)).rejects.toMatchObject({ code: "input_truncated" });
  });

  it("goes on with ffprobe where the engine itself fails, and says so", async () => {
    const lines: string[] = [];
    const log = pino({ level: "warn" }, { write: (line: string) => void lines.push(line) });
    const broken = { ...scope(), log, engine: { ...engine, path: "/bin/true" } };
    expect(await probeSource(broken, await fixture("clip.mp4"))).toMatchObject({ video: [{ codec: "h264" }] });
    expect(lines).toEqual([expect.stringContaining("leaves the file to ffprobe")]);
  });

  it("ends with the signal's own reason", async () => {
    const stopped = { ...scope(), signal: AbortSignal.abort(new Error("over")) };
    await expect(probeSource(stopped, await fixture("clip.mp4"))).rejects.toThrow("over");
  });
});
