import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { MediaEngine } from "../../src/engine/open-engine.ts";
import { testEngine } from "../support/engine.ts";
import { failureOf, runKind } from "./run-kind.ts";

const folder = process.env.REELWAY_MEDIA ?? join(import.meta.dirname, "../../../../shared/media/open");
const clips = existsSync(folder) ? readdirSync(folder).filter((name) => /\.(?!tsv|md|txt)\w+$/.test(name)) : [];

/** The clips that can't be converted: no media in the one sense or the other. */
const refused: Record<string, string> = {
  "subs-sintel-de.vtt": "input_unreadable",
  "subs-sintel-en.vtt": "input_unreadable",
  "broken-chunk-out-of-range.mp4": "input_unreadable",
};
const soundOnly = /\.(mp3|m4a|wav|flac|ogg)$|^(eac3-51|multi-audio-51)\.mp4$/;

/** With the engine, as on a host that has one: what it does not know goes to ffprobe. */
let engine: MediaEngine;
beforeAll(async () => {
  engine = await testEngine();
}, 600_000);

/** A second from near the start of every clip: phones, cameras, recorders, broadcast and files made to break things. */
describe.skipIf(clips.length === 0)(`real clips (${clips.length || `none in ${folder}`})`, () => {
  it.concurrent.for(clips)("%s", async (name, { onTestFinished: onFinished }) => {
    const path = join(folder, name);
    const code = refused[name];
    const sound = { kind: "transcode", container: "m4a", audio: { codec: "aac" } } as const;
    const film = {
      kind: "transcode",
      container: "mp4",
      video: { codec: "h264", width: 160, speed: "fast" },
      audio: { codec: "aac" },
    } as const;
    const trim = { durationSeconds: 1 };
    const run = runKind(soundOnly.test(name) ? { ...sound, trim } : { ...film, trim }, path, { engine, onFinished });
    if (code !== undefined) {
      expect((await failureOf(run)).code).toBe(code);
      return;
    }
    const { files, source } = await run;
    expect(source.bytes).toBeGreaterThan(0);
    expect(files[0]?.media?.durationSeconds).toBeGreaterThan(0);
  });
});
