import { describe, expect, it } from "vitest";
import type { Examination } from "../src/doctor/examine.ts";
import { endings } from "./hardware/device-ffmpeg/script.ts";
import { cardThat, doctor } from "./support/doctor.ts";

describe("reelway-runner doctor", () => {
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
