import { pino } from "pino";
import { afterAll, describe, expect, it } from "vitest";
import type { ProvenDevice } from "../../../src/ffmpeg/arguments/devices/device.ts";
import { DeviceBreakers } from "../../../src/hardware/device-breakers.ts";
import { makerOf } from "../../../src/hardware/maker.ts";
import { cardHost } from "../../hardware/device-ffmpeg/card-host.ts";
import { endings } from "../../hardware/device-ffmpeg/script.ts";
import { bareBox } from "../../support/bare-box.ts";
import { failureOf } from "../run-kind.ts";
import { StreamJob } from "./stream-job.ts";
import { streamSource } from "./stream-sources.ts";

const host = await cardHost();
afterAll(host.remove);
const { card, detected } = host;
const [first] = detected.tools.devices;
if (first === undefined) throw new Error("the card was not proved");
const second: ProvenDevice = { ...first, id: "nvidia-1", address: "1" };
const otherDriver: ProvenDevice = { ...first, driver: "nvidia 999" };

function healthOf(devices: readonly ProvenDevice[]): DeviceBreakers {
  return new DeviceBreakers({
    ...{ devices, probe: async () => ({ passed: false, log: "" }), onChange: () => {} },
    ...{ restMs: 60_000, log: pino({ level: "silent" }) },
  });
}

/** A stream that requires a device, planned on a host with these. */
async function planned(devices: readonly ProvenDevice[], sides = [180]) {
  await card.behave({ failures: [] });
  const video = { ladder: sides.map((shortSide) => ({ shortSide })), speed: "fast" as const };
  const job = await StreamJob.of(await streamSource("constant.mp4"), { video, chunkSeconds: 8 }, detected.tools);
  Object.assign(job, { hardware: "require", devices: healthOf(devices), box: bareBox });
  const { plan } = await job.plan();
  const [chunk] = plan.chunks;
  if (plan.video === null || chunk === undefined) throw new Error("it was not cut into chunks");
  const encode = { kind: "encode", video: plan.video, segmentSeconds: plan.segmentSeconds, chunk } as const;
  return { job, plan, encode };
}

describe("parts of a stream on a device", () => {
  it("are pinned to what makes their init segment", async () => {
    const { plan, job, encode } = await planned([first]);
    const [proven] = first.encoders;
    if (proven === undefined) throw new Error("it encodes nothing");
    expect(plan.video).toMatchObject({ encoder: "h264_nvenc", build: makerOf(detected.tools, first, proven) });
    const { ran, encoder } = await job.run(encode);
    expect([encoder, ran]).toEqual([
      "h264_nvenc",
      [{ device: expect.any(String), encoder, outcome: "done", reason: null }],
    ]);
  });

  it("are taken over by another device of the same kind, and never by software", async () => {
    const { job, encode } = await planned([first, second]);
    await card.behave({ failures: [{ when: "cuda=dev:0", words: [...endings.outOfMemory] }] });
    expect((await job.run(encode)).ran).toMatchObject([
      { device: expect.stringContaining("nvidia-0"), outcome: "failed" },
      { device: expect.stringContaining("nvidia-1"), outcome: "done" },
    ]);
    await card.behave({ failures: [{ when: "cuda=dev", words: [...endings.outOfMemory] }] });
    const error = await failureOf(job.run(encode));
    expect(error.code).toBe("device_failed");
    expect(error.detail).toMatch(/nvidia-0.*CUDA_ERROR_OUT_OF_MEMORY.*nvidia-1/);
  });

  it("are left to other hosts by one whose device would make another init segment", async () => {
    const { job, encode } = await planned([first]);
    job.devices = healthOf([otherDriver]);
    const before = (await card.runs()).length;
    expect(await failureOf(job.run(encode))).toMatchObject({ code: "device_failed" });
    expect((await card.runs()).length).toBe(before);
  });

  it("are planned for a device that encodes the whole ladder at once, and left to another host where none does", async () => {
    const few: ProvenDevice = { ...first, sessions: { most: 1, pool: first.id } };
    const error = await failureOf(planned([few], [180, 144]));
    expect(error).toMatchObject({ code: "device_failed", need: "hardware:h264.x2" });
    const { job, encode } = await planned([few, second], [180, 144]);
    const { ran } = await job.run(encode);
    expect(ran).toMatchObject([{ device: expect.stringContaining("nvidia-1"), outcome: "done" }]);
  });

  it("are planned for software where a device is only preferred", async () => {
    const { job } = await planned([first]);
    job.hardware = "prefer";
    const before = (await card.runs()).length;
    expect((await job.plan()).plan.video?.encoder).toBe("libx264");
    expect((await card.runs()).length).toBe(before);
  });
});
