import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Complaint, DeviceBreakers } from "../../src/hardware/device-breakers.ts";
import { complete, nvidiaCard } from "../ffmpeg/devices/proven-devices.ts";

const second = { ...nvidiaCard, id: "nvidia-1", address: "1" };
const full: Complaint = { kind: "out_of_memory", reason: "out of memory" };
const lost: Complaint = { kind: "gone", reason: "lost" };

function watched(works: () => boolean = () => true) {
  const probe = vi.fn(async () => ({ passed: works(), log: "" }));
  const onChange = vi.fn();
  const breakers = new DeviceBreakers({
    ...{ devices: [nvidiaCard, second], probe, onChange, restMs: 1_000 },
    log: pino({ level: "silent" }),
  });
  const usable = () => breakers.usable().map(({ id }) => id);
  return { breakers, probe, onChange, usable };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("DeviceBreakers", () => {
  it("sets a device aside after three failures in a row, and no other with it", () => {
    const { breakers, usable, onChange } = watched();
    breakers.failed("nvidia-0", full);
    breakers.failed("nvidia-0", full);
    expect(usable()).toEqual(["nvidia-0", "nvidia-1"]);
    breakers.failed("nvidia-0", full);
    expect(usable()).toEqual(["nvidia-1"]);
    expect(breakers.setAside()).toMatchObject([{ device: { id: "nvidia-0" }, reason: "out of memory" }]);
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it("forgets failures once it works", () => {
    const { breakers, usable } = watched();
    for (const _ of [1, 2, 3]) {
      breakers.failed("nvidia-0", full);
      breakers.failed("nvidia-0", full);
      breakers.worked("nvidia-0");
    }
    expect(usable()).toContain("nvidia-0");
  });

  it("takes on a device that was proved later, and what another was then seen to do", () => {
    const { breakers, usable, onChange } = watched();
    breakers.learn({ ...nvidiaCard, id: "nvidia-2" });
    expect(usable()).toEqual(["nvidia-0", "nvidia-1", "nvidia-2"]);
    breakers.failed("nvidia-0", lost);
    breakers.learn({ ...nvidiaCard, encoders: [] });
    expect(usable()).toEqual(["nvidia-1", "nvidia-2"]);
    expect(breakers.setAside()).toMatchObject([{ device: { id: "nvidia-0", encoders: [] } }]);
    expect(onChange).toHaveBeenCalledTimes(3);
  });

  it("does not wait for the third where it made other pictures", () => {
    const { breakers, usable } = watched();
    breakers.failed("nvidia-0", { kind: "wrong", reason: "does not show its source" });
    expect(usable()).toEqual(["nvidia-1"]);
  });

  it("uses Vulkan's way to a card only while no way of its maker does", () => {
    const { breakers, usable } = watched();
    breakers.learn({ ...complete("vulkan", "0"), model: "744c" });
    expect(usable()).toContain("vulkan-test");
    breakers.learn({ ...complete("vaapi", "/dev/dri/renderD128"), model: "744c" });
    expect(usable()).not.toContain("vulkan-test");
    breakers.failed("vaapi-test", lost);
    expect(usable()).toContain("vulkan-test");
  });

  it("does not wait for the third where the device itself is gone", () => {
    const { breakers, usable } = watched();
    breakers.failed("nvidia-0", lost);
    expect(usable()).toEqual(["nvidia-1"]);
  });

  it("brings it back by a probe after a rest, no sooner", async () => {
    const { breakers, usable, probe, onChange } = watched();
    breakers.failed("nvidia-0", lost);
    await vi.advanceTimersByTimeAsync(999);
    expect(probe).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(probe).toHaveBeenCalledExactlyOnceWith(nvidiaCard);
    expect(usable()).toEqual(["nvidia-0", "nvidia-1"]);
    expect(onChange).toHaveBeenCalledTimes(2);
  });

  it("rests twice as long each time that the probe fails", async () => {
    let works = false;
    const { breakers, usable, probe } = watched(() => works);
    breakers.failed("nvidia-0", lost);
    await vi.advanceTimersByTimeAsync(1_000 + 2_000);
    expect(probe).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(3_999);
    expect(probe).toHaveBeenCalledTimes(2);
    works = true;
    await vi.advanceTimersByTimeAsync(1);
    expect(usable()).toContain("nvidia-0");
  });

  it("stays careful: a device that fails again at once rests longer than before", async () => {
    const { breakers, probe } = watched();
    breakers.failed("nvidia-0", lost);
    await vi.advanceTimersByTimeAsync(1_000);
    breakers.failed("nvidia-0", lost);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(probe).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(probe).toHaveBeenCalledTimes(2);
  });

  it("probes nothing once it is closed", async () => {
    const { breakers, probe } = watched();
    breakers.failed("nvidia-0", lost);
    breakers.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(probe).not.toHaveBeenCalled();
  });
});
