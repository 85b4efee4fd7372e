import { expect, it } from "vitest";
import type { ProvenDevice } from "../../src/ffmpeg/arguments/devices/device.ts";
import { takenOf, withDevices } from "../../src/hardware/device-capabilities.ts";
import { DeviceSessions } from "../../src/hardware/device-sessions.ts";
import { complete, nvidiaCard } from "../ffmpeg/devices/proven-devices.ts";

const consumer = (id: string, most = 3): ProvenDevice => ({ ...nvidiaCard, id, sessions: { most, pool: "nvidia" } });
const intel: ProvenDevice = complete("vaapi", "/dev/dri/renderD128");
const never = new AbortController().signal;

it("gives no more sessions than a device has, and takes what comes back", () => {
  const sessions = new DeviceSessions();
  const card = consumer("nvidia-0");
  const [one, two] = [sessions.open(), sessions.open()];
  expect(one.take(card, 2)).toBe(true);
  expect(two.take(card, 2)).toBe(false);
  expect(two.take(card, 1)).toBe(true);
  expect(sessions.freeOn(card)).toBe(0);
  one.giveUp();
  expect(two.take(card, 3)).toBe(true);
});

it("counts a task once, on the device where it is, and leaves it what it has where there is no room for more", () => {
  const sessions = new DeviceSessions();
  const [card, other] = [consumer("nvidia-0"), { ...consumer("vaapi-0", 1), sessions: { most: 1, pool: "vaapi-0" } }];
  const task = sessions.open();
  task.take(card, 2);
  expect(task.take(other, 2)).toBe(false);
  expect(sessions.freeOn(card)).toBe(1);
  expect(task.take(other, 1)).toBe(true);
  expect([sessions.freeOn(card), sessions.freeOn(other)]).toEqual([3, 0]);
});

it("counts consumer cards together, as their driver does, and devices without an end for themselves", () => {
  const sessions = new DeviceSessions();
  const [first, second] = [consumer("nvidia-0"), consumer("nvidia-1")];
  const task = sessions.open();
  task.take(first, 3);
  expect(sessions.freeOn(second)).toBe(0);
  expect(sessions.open().othersOn(second)).toBe(0);
  expect(sessions.open().take(intel, 100)).toBe(true);
  expect(sessions.freeOn(intel)).toBe(Number.POSITIVE_INFINITY);
});

it("lets tasks wait in the order in which they came, until one has room or is stopped", async () => {
  const sessions = new DeviceSessions();
  const card = consumer("nvidia-0", 1);
  const [holder, first, second, third] = [sessions.open(), sessions.open(), sessions.open(), sessions.open()];
  holder.take(card, 1);
  const stop = new AbortController();
  const order: string[] = [];
  const waiting = [
    first.wait([card], 1, stop.signal).catch(() => order.push("first stopped")),
    second.wait([card], 1, never).then(({ id }) => order.push(`second on ${id}`)),
    third.wait([card], 1, never).then(() => order.push("third")),
  ];
  stop.abort(new Error("stopped"));
  holder.giveUp();
  await Promise.all(waiting.slice(0, 2));
  expect(order).toEqual(["first stopped", "second on nvidia-0"]);
  expect(sessions.freeOn(card)).toBe(0);
  second.giveUp();
  await waiting[2];
  expect(order[2]).toBe("third");
});

it("says what a host can do, and what of that its tasks hold", () => {
  const sessions = new DeviceSessions();
  const card = consumer("nvidia-0");
  expect(withDevices([], { build: "0" }, [card])).toEqual(expect.arrayContaining(["sessions:2", "sessions:3"]));
  expect(withDevices([], { build: "0" }, [card])).not.toContain("sessions:4");
  const taken = (devices: readonly ProvenDevice[]) => takenOf(devices, (device) => sessions.freeOn(device));
  expect(taken([card])).toEqual([]);
  const task = sessions.open();
  task.take(card, 2);
  expect(taken([card])).toEqual(["sessions:2", "sessions:3"]);
  task.take(card, 3);
  expect(taken([card])).toEqual(expect.arrayContaining(["hardware:h264", "hardware:h265.4k.10bit", "sessions:2"]));
  expect(taken([card, intel])).toEqual([]);
});
