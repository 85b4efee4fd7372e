import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { fixture } from "../../fixtures.ts";
import { ffmpegPath, ffprobePath } from "../../media-tools.ts";
import { answerWith } from "../../support/storage-server.ts";
import { failureOf } from "../run-kind.ts";
import { heard, lateness } from "./listen.ts";
import { joined, picturesOf } from "./measure.ts";
import { StreamJob } from "./stream-job.ts";
import { type SourceName, streamSource } from "./stream-sources.ts";

const small = { segmentSeconds: 2, chunkSeconds: 8 };
const ladder = [{ shortSide: 180 }, { shortSide: 144 }];

async function encoded(source: SourceName, wish: Parameters<typeof StreamJob.of>[1]): Promise<StreamJob> {
  const job = await StreamJob.of(await streamSource(source), { ...small, thumbnails: false, ...wish });
  const { plan } = await job.plan();
  if (plan.audio.length > 0) await job.run({ kind: "audio" });
  await job.encodeAll(plan);
  return job;
}

/** MD5s of what decoding gives, without its times. */
async function decoded(path: string, stream: string): Promise<string[]> {
  const { stdout } = await execa(ffmpegPath, [
    ...["-nostdin", "-v", "error", "-i", path, "-map", stream, "-fps_mode", "passthrough", "-f", "framemd5", "-"],
  ]);
  return stdout.split("\n").flatMap((line) => (/^\d/.test(line) ? (line.split(",").at(-1)?.trim() ?? []) : []));
}

/** Init and segments of a rendition behind one another, as a player has them. */
function played(job: StreamJob, rendition: string): Promise<string> {
  const names = job.reports
    .flatMap(({ renditions }) => renditions)
    .filter(({ id }) => id === rendition)
    .flatMap(({ segments }) => segments.map(({ number }) => number))
    .sort((a, b) => a - b)
    .map((number) => `${rendition}/seg-${String(number).padStart(5, "0")}.m4s`);
  return joined(job.directory, [`${rendition}/init.mp4`, ...names]);
}

async function boxesOf(path: string): Promise<string[]> {
  const bytes = await readFile(path);
  const kinds: string[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    kinds.push(bytes.toString("latin1", at + 4, at + 8));
    const size = bytes.readUInt32BE(at);
    at += size === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : size || bytes.length;
  }
  return kinds;
}

async function streamsOf(path: string) {
  const { stdout } = await execa(ffprobePath, ["-v", "error", "-of", "json", "-show_streams", path]);
  const { streams } = JSON.parse(stdout) as {
    streams: {
      codec_type: string;
      tags?: { language?: string };
      disposition: { default: number };
      color_transfer?: string;
      side_data_list?: { side_data_type: string }[];
    }[];
  };
  return streams;
}

describe("sound that the source names and does not hold", () => {
  const wish = { video: { ladder: [{ shortSide: 144 }], speed: "fast" as const }, downloads: "all" as const };

  it.each([{}, { loudness: true }])("is left out, and the metadata say so (%o)", async (audio) => {
    const job = await encoded("empty-sound.mkv", { ...wish, audio });
    await job.run({ kind: "progressive" });
    await job.run({ kind: "finish" });
    const { result } = JSON.parse(await readFile(join(job.directory, "metadata.json"), "utf8"));
    expect(result.leftOut).toEqual([
      { id: "audio-1", track: 0, language: "fra", reason: "The track holds no samples." },
    ]);
    expect(result.audio).toMatchObject([{ id: "audio-2", language: "en", codecs: "mp4a.40.2" }]);
    const main = await readFile(join(job.directory, "main.m3u8"), "utf8");
    expect(main).toMatch(/TYPE=AUDIO.*LANGUAGE="en".*URI="audio-2\/playlist.m3u8"/);
    expect(main).not.toContain("audio-1");
    expect((await heard(join(job.directory, "main.m3u8"))).length).toBeGreaterThan(19 * 48_000);
    const [, sound, ...more] = await streamsOf(join(job.directory, "film-144p.mp4"));
    expect([sound?.tags?.language, more]).toEqual(["eng", []]);
  });

  it("leaves a film without sound where there is no other", async () => {
    const job = await encoded("no-sound-at-all.mkv", wish);
    await job.run({ kind: "progressive" });
    await job.run({ kind: "finish" });
    expect(await readFile(join(job.directory, "main.m3u8"), "utf8")).not.toContain("AUDIO");
    expect((await streamsOf(join(job.directory, "film-144p.mp4"))).map((one) => one.codec_type)).toEqual(["video"]);
  });
});

describe("one file of a quality", () => {
  it("has the very pictures and sounds of the segments, its header first, and says which sound is which", async () => {
    const job = await encoded("two-languages.mp4", { video: { ladder, speed: "fast" }, downloads: "all" });
    const { files } = await job.run({ kind: "progressive" });
    expect(files.map(({ name, role, contentType }) => [name, role, contentType])).toEqual([
      ["film-180p.mp4", "video", "video/mp4"],
      ["film-144p.mp4", "video", "video/mp4"],
    ]);
    expect(files[1]?.media).toMatchObject({ width: 256, height: 144, videoCodec: "h264", audioCodec: "aac" });
    for (const [place, name] of ["film-180p.mp4", "film-144p.mp4"].entries()) {
      const file = join(job.directory, name);
      expect(await boxesOf(file)).toEqual(["ftyp", "moov", "mdat"]);
      expect(await decoded(file, "0:v:0")).toEqual(await decoded(await played(job, `video-${place + 1}`), "0:v:0"));
      expect(await picturesOf(file)).toHaveLength(480);
      expect(
        (await streamsOf(file)).map((one) => [one.codec_type, one.tags?.language, one.disposition.default]),
      ).toEqual([
        ["video", "und", 1],
        ["audio", "deu", 1],
        ["audio", "eng", 0],
      ]);
      // What the encoder put in front is hidden, so the sound stands where the source had it, to the sample.
      expect(lateness(await heard(file), 10.7 * 48_000)).toBe(0);
    }
    await job.run({ kind: "finish" });
    for (const id of ["video-1", "audio-1", "audio-2"]) {
      const list = await readFile(join(job.directory, id, "playlist.m3u8"), "utf8");
      // Sound is cut between two of its frames, a little behind the pictures' border; players were told 2 s.
      expect(list, id).toContain("#EXT-X-TARGETDURATION:2\n");
    }
    const sound = (path: string, stream: string) => decoded(path, stream);
    for (const track of [0, 1]) {
      const alone = await played(job, `audio-${track + 1}`);
      const file = await sound(join(job.directory, "film-144p.mp4"), `0:a:${track}`);
      // The segments by themselves show the encoder's priming, as one frame in front; newer ffmpegs cut the last to the file's end.
      expect((await sound(alone, "0:a:0")).slice(-file.length + 1, -1)).toEqual(file.slice(1, -1));
      expect(file.length).toBeGreaterThan(850);
    }
  });

  it("goes on where grants have run out or the storage was away", async () => {
    const job = await encoded("constant.mp4", { video: { ladder: [{ shortSide: 144 }] }, downloads: ["144p"] });
    const whole = job.grantedFiles;
    job.storage.faults.push(answerWith(403), answerWith(503), answerWith(403));
    const { files } = await job.run({ kind: "progressive" });
    expect(files).toHaveLength(1);
    const segments = job.reports
      .flatMap(({ renditions }) => renditions)
      .reduce((sum, one) => sum + one.segments.length, 2);
    expect(job.grantedFiles - whole).toBeGreaterThan(segments);
    expect(await picturesOf(join(job.directory, "film-144p.mp4"))).toHaveLength(480);
  });

  it("is not made of other segments than were packaged", async () => {
    const job = await encoded("constant.mp4", { video: { ladder: [{ shortSide: 144 }] }, downloads: "all" });
    const name = "video-1/seg-00003.m4s";
    job.storage.objects.set(name, Buffer.concat([job.storage.objects.get(name) ?? Buffer.alloc(0), Buffer.alloc(1)]));
    expect(await failureOf(job.run({ kind: "progressive" }))).toMatchObject({ code: "input_changed" });
    job.storage.objects.delete(name);
    expect(await failureOf(job.run({ kind: "progressive" }))).toMatchObject({ code: "input_changed" });
  });

  it("keeps what HDR10 says of itself, and has no sound where there is none", async () => {
    const job = await encoded("hdr10.mp4", {
      ...{ video: { codec: "h265", ladder: [{ shortSide: 144 }], speed: "fast" }, downloads: ["1080p"] },
    });
    const { files } = await job.run({ kind: "progressive" });
    expect(files.map(({ name }) => name)).toEqual(["film-144p.mp4"]);
    const [video, ...others] = await streamsOf(join(job.directory, "film-144p.mp4"));
    expect(others).toEqual([]);
    expect(video?.color_transfer).toBe("smpte2084");
    const told = (await streamsOf(await played(job, "video-1")))[0]?.side_data_list?.map((one) => one.side_data_type);
    expect(video?.side_data_list?.map((one) => one.side_data_type)).toEqual(told);
    await job.run({ kind: "finish" });
    const { result } = JSON.parse(await readFile(join(job.directory, "metadata.json"), "utf8"));
    expect(result.downloads).toEqual({
      files: [{ quality: "144p", rendition: "video-1", name: "film-144p.mp4" }],
      replaced: [{ asked: "1080p", made: "144p" }],
    });
  });

  it("is made of a picture that was not cut, and of sound alone", async () => {
    const whole = await encoded("late-sound.mkv", {
      video: { ladder: [{ shortSide: 144 }], speed: "fast" },
      downloads: "all",
    });
    await whole.run({ kind: "progressive" });
    const file = join(whole.directory, "film-144p.mp4");
    expect(await decoded(file, "0:v:0")).toEqual(await decoded(await played(whole, "video-1"), "0:v:0"));
    expect(lateness(await heard(file), 10.7 * 48_000)).toBe(0);

    const sound = await StreamJob.of(await fixture("sound.m4a"), { downloads: ["720p"] });
    await sound.plan();
    await sound.run({ kind: "audio" });
    const { files } = await sound.run({ kind: "progressive" });
    expect(files.map(({ name, role, contentType }) => [name, role, contentType])).toEqual([
      ["film.m4a", "audio", "audio/mp4"],
    ]);
    expect((await heard(join(sound.directory, "film.m4a"))).length).toBeGreaterThanOrEqual(48_000);
  });
});
