import { readHardware } from "@reelway/shared/contracts/hardware-need";
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

const tools = { build: "5f0c" };
/** Of what devices encode: as any of them does it, without makers. */
const ofAny = (words: readonly string[]) =>
  words.filter((word) => word.startsWith("hardware:") && readHardware(word)?.maker === null);

it("says what a host can do, and what of that its tasks hold", () => {
  const sessions = new DeviceSessions();
  const card = consumer("nvidia-0");
  expect(ofAny(withDevices([], tools, [card]))).toEqual([
    "hardware:h264.4k.x3",
    "hardware:h264.x3",
    "hardware:h265.10bit.x3",
    "hardware:h265.4k.10bit.x3",
    "hardware:h265.4k.hdr10.x3",
    "hardware:h265.4k.x3",
    "hardware:h265.hdr10.x3",
    "hardware:h265.x3",
  ]);
  const taken = (devices: readonly ProvenDevice[]) =>
    ofAny(takenOf(tools, devices, (device) => sessions.freeOn(device)));
  expect(taken([card])).toEqual([]);
  const task = sessions.open();
  task.take(card, 2);
  expect(taken([card])).toEqual(expect.arrayContaining(["hardware:h264.x2", "hardware:h265.4k.10bit.x2"]));
  task.take(card, 3);
  expect(taken([card])).toEqual(expect.arrayContaining(["hardware:h264", "hardware:h265.4k.10bit"]));
  expect(taken([card, intel])).toEqual([]);
});

it("hides no card that is free behind a busy one, and no busy one behind a free one that can do less", () => {
  const sessions = new DeviceSessions();
  const large: ProvenDevice = { ...consumer("nvidia-0", 2), name: "large" };
  const [h264] = nvidiaCard.encoders.map((encoder) => ({ ...encoder, formats: ["8-small" as const] }));
  if (h264 === undefined) throw new Error("the card encodes nothing");
  const small: ProvenDevice = { ...nvidiaCard, id: "nvidia-1", name: "small", encoders: [h264] };
  const hosts = [large, small];
  expect(ofAny(withDevices([], tools, hosts))).toEqual(
    expect.arrayContaining(["hardware:h264.x8", "hardware:h264.4k.x2", "hardware:h265.x2"]),
  );
  const taken = () => ofAny(takenOf(tools, hosts, (device) => sessions.freeOn(device)));
  const task = sessions.open();
  task.take(large, 1);
  expect(taken()).toContain("hardware:h264.4k.x2");
  expect(taken()).not.toContain("hardware:h264.x2");
  task.take(large, 2);
  expect(taken()).toContain("hardware:h264.4k");
  expect(taken().filter((word) => /^hardware:h264(\.x\d)?$/.test(word))).toEqual([]);
});
