import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { OutputName } from "@reelway/shared/contracts/manifest";
import { initFile, segmentFile } from "@reelway/shared/streams/rendition-files";
import { describe, expect, it } from "vitest";
import { fixture } from "../../fixtures.ts";
import { framesOf } from "../run-kind.ts";
import { begins, heard, lateness } from "./listen.ts";
import { joined, picturesOf } from "./measure.ts";
import { StreamJob } from "./stream-job.ts";
import { type SourceName, streamSource } from "./stream-sources.ts";
import { finishTitle } from "./whole-job.ts";

describe("the end of a stream", () => {
  it("makes a title that plays whole, with its languages, subtitles and metadata", async () => {
    const { job, plan, finish, directory } = await finishTitle("two-languages.mp4");
    expect(plan.chunks.length).toBeGreaterThan(1);
    expect(finish.files.map(({ name, role }) => `${role} ${name}`)).toEqual([
      ...["audio-1", "audio-2"].map((id) => `playlist ${id}/playlist.m3u8`),
      ...["playlist main.m3u8", "playlist manifest.mpd"],
      ...["subtitles-1", "subtitles-2"].map((id) => `playlist ${id}/playlist.m3u8`),
      ...["video-1", "video-2"].flatMap((id) => [`playlist ${id}/iframes.m3u8`, `playlist ${id}/playlist.m3u8`]),
      "metadata metadata.json",
    ]);
    for (const { name } of finish.files) expect(OutputName.safeParse(name).success, name).toBe(true);

    const source = await streamSource("two-languages.mp4");
    const main = join(directory, "main.m3u8");
    expect(await picturesOf(main)).toHaveLength((await picturesOf(source)).length);
    const sound = await heard(main);
    expect(Math.abs(sound.length - (await heard(source)).length)).toBeLessThanOrEqual(1_024);
    // ffmpeg's own reader of playlists counts from the first packet, which is the encoder's priming.
    const late = lateness(sound, 10.7 * 48_000);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThanOrEqual(1_024);

    const text = await readFile(main, "utf8");
    expect(text).toMatch(/TYPE=AUDIO.*LANGUAGE="de".*audio-1/);
    expect(text).toMatch(/TYPE=AUDIO.*LANGUAGE="en".*audio-2/);
    expect(text).toMatch(/TYPE=SUBTITLES.*NAME="Deutsch, groß",LANGUAGE="de",DEFAULT=YES,AUTOSELECT=YES,FORCED=NO/);
    expect(text).toMatch(/TYPE=SUBTITLES.*LANGUAGE="en",DEFAULT=NO.*FORCED=YES/);
    const whole = await readFile(join(directory, "subtitles-1/subtitles.vtt"), "utf8");
    expect(whole).toContain("Über &amp; <i>unter</i>");
    const segments = await Promise.all(
      [1, 2, 5].map((number) => readFile(join(directory, `subtitles-1/seg-0000${number}.vtt`), "utf8")),
    );
    expect(segments.map((segment) => [segment.includes("Über"), segment.includes("Später")])).toEqual([
      [true, false],
      [true, false],
      [false, true],
    ]);

    const grid = plan.chunks.flatMap(({ segments: planned }) => planned.map(({ start }) => start));
    const texts = job.reports.flatMap(({ subtitles }) => subtitles ?? []);
    expect(texts.map((text) => text.segments.map(({ start }) => start))).toEqual([grid, grid]);

    const { result } = JSON.parse(await readFile(join(directory, "metadata.json"), "utf8"));
    expect(result).toMatchObject({
      ...{ chunks: plan.chunks.length, whole: null, encoder: "libx264" },
      video: [{ id: "video-1", name: "180p", samples: 480 }, { name: "144p" }],
      audio: [{ language: "deu", codecs: "mp4a.40.2" }, { language: "eng" }],
      subtitles: [{ language: "de", name: "Deutsch, groß", isDefault: true, forced: false }, { forced: true }],
    });
    expect(job.reports.length).toBe(plan.chunks.length + 2);
  });

  it("makes a title of sound alone", async () => {
    const job = await StreamJob.of(await fixture("sound.m4a"), {});
    await job.plan();
    await job.run({ kind: "audio" });
    const { files, encoder } = await job.run({ kind: "finish" });
    expect(files.map(({ name }) => name)).toEqual([
      ...["audio-1/playlist.m3u8", "main.m3u8", "manifest.mpd", "metadata.json"],
    ]);
    expect(encoder).toBe("aac");
    expect((await heard(join(job.directory, "main.m3u8"))).length).toBeGreaterThanOrEqual(48_000);
  });

  it("says in the metadata why a picture was one task", async () => {
    const job = await StreamJob.of(await streamSource("late-sound.mkv"), {
      video: { ladder: [{ shortSide: 144 }], speed: "fast" },
    });
    const { plan } = await job.plan();
    await job.encodeAll(plan);
    await job.run({ kind: "audio" });
    await job.run({ kind: "finish" });
    const main = join(job.directory, "main.m3u8");
    expect(await picturesOf(main)).toHaveLength(500);
    const { result } = JSON.parse(await readFile(join(job.directory, "metadata.json"), "utf8"));
    expect(result).toMatchObject({ chunks: 0, whole: { code: "not_indexed" }, video: [{ samples: 500 }] });
  });

  it.each<SourceName>(["flash.mp4", "flash-edited.mp4"])("keeps picture and sound of %s together", async (source) => {
    const job = await StreamJob.of(await streamSource(source), {
      ...{ video: { ladder: [{ shortSide: 144 }], speed: "fast" }, segmentSeconds: 2, chunkSeconds: 8 },
    });
    const { plan } = await job.plan();
    await job.encodeAll(plan);
    await job.run({ kind: "audio" });
    await job.run({ kind: "finish" });
    const [width, height] = [plan.video?.renditions[0]?.width ?? 0, plan.video?.renditions[0]?.height ?? 0];
    const pictures = await framesOf(join(job.directory, "video-1/playlist.m3u8"), "gray", { width, height });
    const flash = pictures.findIndex((picture) => (picture[0] ?? 0) > 128);
    const [chunk] = plan.chunks;
    const flashSeconds = (chunk?.start ?? 0) / (plan.video?.timescale ?? 1) + flash / 24;
    const sounds = job.reports.flatMap(({ renditions }) => renditions).find(({ id }) => id === "audio-1");
    const names = (sounds?.segments ?? []).map(({ number }) => segmentFile("audio-1", number));
    const beepSeconds = begins(await heard(await joined(job.directory, [initFile("audio-1"), ...names]))) / 48_000;
    console.log(`${source}: flash at ${flashSeconds}, beep at ${beepSeconds}`);
    // A codec smears what begins suddenly over a frame of it.
    expect(Math.abs(flashSeconds - beepSeconds)).toBeLessThan(1_100 / 48_000);
  });
});
