import { describe, expect, it } from "vitest";
import type { StreamPlan } from "../contracts/stream-plan.ts";
import { downloadsOf, qualityOf } from "./downloads.ts";

const titled = (...names: string[]) =>
  ({
    audio: [{ id: "audio-1" }],
    video: { renditions: names.map((name, place) => ({ id: `video-${place + 1}`, name })) },
  }) as unknown as Pick<StreamPlan, "audio" | "video">;
const made = (downloads: "all" | string[], title = titled("720p", "480p", "360p")) => {
  const { files, replaced } = downloadsOf({ downloads }, title);
  return [files.map(({ name, rendition }) => `${rendition} ${name}`), replaced];
};

describe("the files that a stream is to have", () => {
  it("are those of the sizes asked for, each once, the largest first", () => {
    expect(made([])).toEqual([[], []]);
    expect(made(["360p", "720p", "360p"])).toEqual([["video-1 film-720p.mp4", "video-3 film-360p.mp4"], []]);
    expect(made("all")[0]).toHaveLength(3);
  });

  it("are of the next lower size, or of the smallest, where there is none such", () => {
    expect(made(["1080p", "500p", "144p"])).toEqual([
      ["video-1 film-720p.mp4", "video-2 film-480p.mp4", "video-3 film-360p.mp4"],
      [
        { asked: "1080p", made: "720p" },
        { asked: "500p", made: "480p" },
        { asked: "144p", made: "360p" },
      ],
    ]);
    expect(made(["1080p", "720p"], titled("720p"))).toEqual([
      ["video-1 film-720p.mp4"],
      [{ asked: "1080p", made: "720p" }],
    ]);
  });

  it("are one of sound alone, and none of nothing", () => {
    expect(made("all", { ...titled(), video: null })).toEqual([["null film.m4a"], []]);
    expect(made(["720p"], { audio: [], video: null })).toEqual([[], []]);
  });
});

it("calls a video by its ladder's name, else by its shorter side", () => {
  const media = { durationSeconds: 1, width: 136, height: 240, fps: 24, videoCodec: "h264", audioCodec: null };
  expect(qualityOf({ name: "film-135p.mp4", role: "video", media })).toBe("135p");
  expect(qualityOf({ name: "video.mp4", role: "video", media })).toBe("136p");
  expect(qualityOf({ name: "film-135p.mp4", role: "poster", media })).toBeNull();
  expect(qualityOf({ name: "video.mp4", role: "video" })).toBeNull();
});
