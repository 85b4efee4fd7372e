import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Examination } from "../src/doctor/examine.ts";
import { deviceFfmpeg } from "./hardware/device-ffmpeg/device-ffmpeg.ts";
import { endings, modestCard, wrongPictures } from "./hardware/device-ffmpeg/script.ts";
import { ffmpegPath, ffprobePath } from "./media-tools.ts";
import { testDirectory } from "./support/directory.ts";

const entry = new URL("../src/main.ts", import.meta.url).pathname;

async function doctor(words: readonly string[], environment: Readonly<Record<string, string>>) {
  const home = await testDirectory();
  const run = await execa(process.execPath, ["--disable-warning=ExperimentalWarning", entry, ...words], {
    ...{ reject: false, extendEnv: false, stdin: "ignore" },
    env: {
      ...{ PATH: process.env.PATH ?? "", FFMPEG_PATH: ffmpegPath, FFPROBE_PATH: ffprobePath, STATE_DIR: home },
      ...{ SANDBOX: "off", ...environment },
    },
  });
  return { code: run.exitCode, out: run.stdout, err: run.stderr };
}

async function cardThat(script: Parameters<Awaited<ReturnType<typeof deviceFfmpeg>>["behave"]>[0]) {
  const card = await deviceFfmpeg(ffmpegPath);
  onTestFinished(card.remove);
  await card.behave(script);
  return { FFMPEG_PATH: card.path, DEVICES: "nvidia:0" };
}

describe("reelway-runner doctor", () => {
  it("shows what a working card was seen to do, and why it does not do the rest", async () => {
    const { out } = await doctor(["doctor"], await cardThat(modestCard));
    expect(out).toMatch(/^named in DEVICES \(nvidia-0\)/m);
    expect(out).toMatch(/^ {2}proved +open +NVIDIA \(NVDEC, CUDA, NVENC\)$/m);
    expect(out).toMatch(
      /^ {2}proved +encode h264_nvenc +8-small; not 8-4k: Width 3840 exceeds 2048 \(b-references\)$/m,
    );
    expect(out).toMatch(/^ {2}failed +encode hevc_nvenc +Provided device doesn't support required NVENC features$/m);
    expect(out).toMatch(/^ +→ This generation can't do it/m);
    expect(out).not.toContain("(nvidia-0) encodes nothing");
  });

  it("looks at what encoders make, on a card and in software, and names those that make something else", async () => {
    const wrong = { card: wrongPictures.green, software: wrongPictures.mirrored };
    const { code, out } = await doctor(["doctor", "--json"], await cardThat({ ...modestCard, wrong }));
    const examination: Examination = JSON.parse(out);
    expect(code).toBe(1);
    expect(examination.software).not.toContain("libx264");
    expect(examination.faults).toContain(
      "libx264 encodes without complaint, and what it makes does not show what it was given",
    );
    expect(examination.devices[0]?.entries).toContainEqual({
      ...{ subject: "encode h264_nvenc", outcome: "failed" },
      detail: "h264_nvenc: what it makes does not show what it was given",
      fix: expect.stringContaining("update its driver"),
    });
  });

  it("says what to do about a driver that is missing, and ends with a code that scripts see", async () => {
    const card = await cardThat({ failures: [{ when: "cuda=dev:0", words: [...endings.noDriver] }] });
    const { code, out } = await doctor(["doctor", "--json"], card);
    const examination: Examination = JSON.parse(out);
    expect(code).toBe(1);
    expect(examination.faults).toContain("named in DEVICES (nvidia-0) encodes nothing");
    expect(examination.devices[0]?.entries).toEqual([
      {
        subject: "open",
        outcome: "failed",
        detail: "Cannot load libcuda.so.1",
        fix: expect.stringContaining("driver"),
      },
    ]);
    // A driver may be there the next time.
    expect(examination.devices[0]?.passing).toBe(true);
    expect(examination.software).toContain("libx264");
  });

  it("needs no settings of a place, and refuses words that it does not know", async () => {
    expect((await doctor(["doctor"], { DEVICES: "none" })).out).toContain("No devices found");
    expect(await doctor(["doctor", "--loud"], {})).toMatchObject({ code: 2, out: "" });
    expect(await doctor(["surgeon"], {})).toMatchObject({ code: 2, err: expect.stringContaining("no surgeon") });
    expect(await doctor(["doctor"], { DEVICES: "toaster" })).toMatchObject({
      code: 2,
      err: expect.stringContaining("DEVICES"),
    });
  });

  it("names the setting of an ffmpeg that does not run", async () => {
    const { code, err } = await doctor(["doctor"], { FFMPEG_PATH: "/no/such/ffmpeg" });
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("FFMPEG_PATH") });
  });
});
