import { describe, expect, it } from "vitest";
import type { Examination } from "../src/doctor/examine.ts";
import { modestCard, wrongPictures } from "./hardware/device-ffmpeg/script.ts";
import { cardThat, doctor } from "./support/doctor.ts";

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
});
